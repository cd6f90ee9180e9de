#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engines/shim/attempt_folder.hpp"
#include "model/attempt.hpp"

/// What every engine reads from an attempt's folder.
namespace mingyue::engines {

/// A supervisor's word for a cause; `lost` for any other.
[[nodiscard]] model::EndCause cause_named(std::string_view word);

/// How far the output and the progress of an attempt have come. Any new byte changes it.
[[nodiscard]] std::uint64_t voice_of(const AttemptFolder& folder);

/// Opens a file for reading that must be a plain one and belong to `owner`: a person's folder may hold links to what is
/// not theirs, and an engine may read more than they.
[[nodiscard]] Expected<Fd, Errno> open_of_owner(const std::string& path, uid_t owner);
[[nodiscard]] Expected<std::string, Errno> read_of_owner(const std::string& path, uid_t owner, std::size_t max);

}  // namespace mingyue::engines
