// A centre's file.

#include "fuzz.hpp"
#include "model/centre_document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mingyue;
  const auto text = fuzz::text_of(data, size);
  const auto tree = formats::parse_yaml(text);
  if (!tree) {
    fuzz::check_refusal(tree.error(), text);
    return 0;
  }
  const auto read = model::read_centre(*tree, {"moon", CoreCount(8), Bytes(32LL << 30), {}, "ada"});
  if (!read) {
    fuzz::check_refusals(read.error(), text);
    return 0;
  }
  const model::Centre& centre = read->centre;
  fuzz::promise(
      !centre.partitions.empty() && !centre.nodes.empty() && !centre.classes.empty() && !centre.projects.empty(),
      "a centre has a partition, a node, a class and a project");
  int real = 0;
  for (const model::Node& node : centre.nodes) real += node.is_virtual ? 0 : 1;
  fuzz::promise(real <= 1, "one node at most is real");
  fuzz::promise(centre.prices.size() == centre.card_types.size() + 1, "everything has its price");
  if (centre.nodes.size() < 100) fuzz::check_json(centre);
  return 0;
}
