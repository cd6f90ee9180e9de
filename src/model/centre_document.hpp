#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "base/tree.hpp"
#include "model/centre.hpp"

/// From the centre's file (docs/formats/centre.md) to a centre, and from a bare machine to a centre of one node.
namespace mingyue::model {

/// Cards that were found in this machine, all of one type.
struct CardsFound {
  CardType type;
  CardCount count;
};

/// What was found out about this machine before the file is read. Facts come as values: nothing here looks for itself.
struct MachineFacts {
  std::string host_name;
  CoreCount cores;
  Bytes memory;
  std::vector<CardsFound> cards;  ///< a node has cards of one type: the first counts
  std::string user;               ///< who runs the centre; empty: nobody is made an operator
};

/// Credits that a project is given when it first appears: its `budget`.
struct Grant {
  std::string project;
  Credits credits;
  friend bool operator==(const Grant&, const Grant&) = default;
};

struct CentreDocument {
  Centre centre;
  std::vector<Grant> grants;  ///< in the order of the projects
};

inline constexpr std::int32_t nodes_max = 100'000;
inline constexpr Credits usual_card_hour{10'000'000};  ///< what an hour of a card costs where the file does not say

/// Reads the centre's file. All that is wrong is in the answer, in the order of lines.
[[nodiscard]] Expected<CentreDocument, std::vector<Refusal>> read_centre(const Tree& document,
                                                                         const MachineFacts& facts);

/// The centre without a file: this machine, the partition `main`, the project `default`, the classes low, normal, high
/// and urgent, and a price of one credit for a core-hour.
[[nodiscard]] Centre describe_machine(const MachineFacts& facts);

/// Expands `node[001-128]`, `rack[1-2]-n[01-16]`, `gpu[1,3,5-7]`; the width of the first number is kept. What is
/// refused leaves the field empty.
[[nodiscard]] Expected<std::vector<std::string>> expand_names(std::string_view pattern, std::size_t count_max);

/// A machine's name as a node's: the host name's first label, with characters other than a name's as `-`.
[[nodiscard]] std::string node_name_of(std::string_view host_name);

/// The card types that a centre knows without being told, by name: vendor, variable, memory.
[[nodiscard]] const std::vector<CardType>& known_card_types();

}  // namespace mingyue::model
