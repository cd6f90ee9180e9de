#pragma once

#include "base/time.hpp"

/// Running work that has outlived its limit, and of whose end nothing has been heard.
namespace mingyue::sched {

/// Until when running work is taken to hold its room: by its limit; and once that is past, until a later instant that
/// is always after `now`: 1 s after the limit, then 2, 4, 8 and so on up to 1,024 s, then each further 1,024 s
/// (17 minutes). What is long overdue is likely to last long; but whoever waits behind it is never put off by more than
/// 17 minutes at a time, so that no longer work is let in before them.
///
/// It follows from the limit and seldom changes: plans that are made one after another promise the same to whoever
/// waits behind the work, and each of the instants is worth one look of the planner and not more. (A promise for the
/// next millisecond would be another one in every plan, and due at once.) That the work ends before is an event, and
/// plans are made anew by that.
///
/// Whole seconds; nothing is rounded but the step.
[[nodiscard]] Instant assumed_end(Instant ends_by, Instant now);

}  // namespace mingyue::sched
