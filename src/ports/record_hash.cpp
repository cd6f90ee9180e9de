#include "base/codec.hpp"
#include "ports/log_store.hpp"

namespace mingyue::ports {

Hash record_hash(const Hash& before, const Record& record) {
  // Three bare numbers and the payload to the end: at most one record has these bytes, since a number says where it
  // ends.
  codec::Writer link;
  link.put_unsigned(record.seq);
  link.put_signed(record.at.raw());
  link.put_unsigned(record.number);
  std::string bytes = link.take();
  bytes += record.payload;
  return hash_after(before, bytes);
}

}  // namespace mingyue::ports
