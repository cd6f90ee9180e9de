#include <gtest/gtest.h>

#include "ports/log_store.hpp"

namespace mingyue::ports {
namespace {

TEST(RecordHash, IsTheOneInTheDescriptionOfTheFormat) {
  // docs/formats/log.md, computed there by another program.
  const Record record{.seq = 1, .at = Instant(1'800'000'000'000), .number = 2, .payload = "\x01\x02\x03", .hash = {}};
  EXPECT_EQ(print_hex(record_hash(Hash{}, record)), "cbf9abed7da70f48ffcbde97a474b94c1e37bdfa7d37a84dff88179d96294fa2");
}

}  // namespace
}  // namespace mingyue::ports
