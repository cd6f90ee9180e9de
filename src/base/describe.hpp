#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

/// One description of a struct serves the binary codec (base/codec.hpp), JSON (formats/json.hpp) and the API document.
/// Members are described in the order in which they are encoded: append new ones at the end, never re-order or re-use.
#define DESCRIBE(Type, ...) BOOST_DESCRIBE_STRUCT(Type, (), (__VA_ARGS__))

/// Enumerators are printed by their names with `_` as `-` (`launch_failed` is `launch-failed`); their numbers are in
/// the log for ever.
#define DESCRIBE_ENUM(Type, ...) BOOST_DESCRIBE_ENUM(Type, __VA_ARGS__)
