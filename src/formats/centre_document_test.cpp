#include "model/centre_document.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "formats/parse.hpp"
#include "model/engine_nodes.hpp"
#include "model/node_kinds.hpp"

// The reader of centres is in model; its tests are here, where documents can be written as people write them.
namespace mingyue::model {
namespace {

MachineFacts a_machine() {
  return {"moon.example.org",
          CoreCount(4),
          Bytes(16LL << 30),
          {{{"a100", "NVIDIA", "CUDA_VISIBLE_DEVICES", {}}, CardCount(2)}},
          "ada"};
}

Expected<CentreDocument, std::vector<Refusal>> read(const std::string& yaml) {
  const auto tree = formats::parse_yaml(yaml);
  if (!tree) return std::unexpected(std::vector{tree.error()});
  return read_centre(*tree, a_machine());
}

TEST(CentreDocument, AMachineWithoutAFileIsACentre) {
  const Centre centre = describe_machine(a_machine());
  EXPECT_EQ(centre.name, "moon");
  ASSERT_EQ(centre.nodes.size(), 1U);
  EXPECT_EQ(centre.nodes[0].name, "moon");
  EXPECT_EQ(centre.nodes[0].partition, "main");
  EXPECT_EQ(centre.nodes[0].cores, CoreCount(4));
  EXPECT_EQ(centre.nodes[0].memory, Bytes(16LL << 30));
  EXPECT_EQ(centre.nodes[0].card_type, "a100");
  EXPECT_FALSE(centre.nodes[0].is_virtual);
  ASSERT_EQ(centre.card_types.size(), 1U);
  EXPECT_EQ(centre.classes,
            (std::vector<PriorityClass>{
                {"low", 0, false}, {"normal", 100, false}, {"high", 200, true}, {"urgent", 500, true}}));
  EXPECT_EQ(centre.projects, (std::vector<Project>{{"default"}}));
  EXPECT_EQ(centre.users, (std::vector<User>{{"ada", Role::operator_, {"default"}}}));
  EXPECT_EQ(centre.prices, (std::vector<Price>{{"", Credits(1'000'000)}, {"a100", Credits(10'000'000)}}));
}

TEST(CentreDocument, ANodeIsDescribedOrExpanded) {
  const auto read_centre = read(R"(name: test
machine: {name: real, cores: 2, memory: 4G, cards: none, partition: local}
partitions: [{name: gpu, wall-max: 2d}, local]
switches: [spine, {name: leaf, above: spine}]
nodes:
  - {name: "g[08-10]", partition: gpu, cores: 64, memory: 512G, cards: {type: ascend910b, count: 8}, switch: leaf, virtual: true}
)");
  ASSERT_TRUE(read_centre) << read_centre.error()[0].message;
  const Centre& centre = read_centre->centre;
  ASSERT_EQ(centre.nodes.size(), 4U);
  EXPECT_EQ(centre.nodes[0].name, "real");
  EXPECT_EQ(centre.nodes[0].cards, CardCount(0));
  EXPECT_EQ(centre.nodes[1].name, "g08");
  EXPECT_EQ(centre.nodes[3].name, "g10");
  EXPECT_EQ(centre.nodes[3].id, NodeId(3));
  EXPECT_EQ(centre.nodes[3].switch_name, "leaf");
  EXPECT_TRUE(centre.nodes[3].is_virtual);
  ASSERT_EQ(centre.card_types.size(), 1U);
  EXPECT_EQ(centre.card_types[0].visible_variable, "ASCEND_RT_VISIBLE_DEVICES");
}

TEST(CentreDocument, SparesAreTheLastNodesOfTheirPartition) {
  const auto read_centre = read(R"(machine: {partition: local}
partitions: [{name: gpu, spares: 2, spares-for: 16}, local]
policy: {moves: false, restart-cost: 5m}
nodes:
  - {name: "g[1-3]", partition: gpu, cores: 64, virtual: true}
  - {name: other, partition: local, cores: 64, virtual: true}
  - {name: g4, partition: gpu, cores: 64, virtual: true}
)");
  ASSERT_TRUE(read_centre) << read_centre.error()[0].message;
  const Centre& centre = read_centre->centre;
  EXPECT_EQ(centre.partitions[0].spares_for, 16);
  EXPECT_EQ(centre.policy.move_pause, Duration{});
  EXPECT_EQ(centre.policy.restart_cost, minutes(5));
  EXPECT_EQ(spare_nodes(centre), (std::vector<bool>{false, false, false, true, false, true}));
}

constexpr const char* with_an_engine = R"(machine: {name: desk}
engines:
  - {name: big, rest: "http://127.0.0.1:6820", token-file: /etc/mingyue/slurm.jwt, shared: /home/mingyue}
partitions:
  - {name: gpu, engine: big, wall-max: 7d}
  - {name: shared, engine: big, engine-partition: normal, guest: true}
  - here
users: [{name: ada, account: ada77}]
)";

TEST(CentreDocument, AnEngineHasPartitionsAndItsNodesAreFoundOut) {
  const auto read_centre = read(with_an_engine);
  ASSERT_TRUE(read_centre) << read_centre.error()[0].message;
  const Centre& centre = read_centre->centre;
  ASSERT_EQ(centre.engines.size(), 1U);
  EXPECT_EQ(centre.engines[0].kind, EngineKind::slurm);
  EXPECT_EQ(centre.engines[0].admin, "slurm");
  EXPECT_EQ(centre.engines[0].poll, seconds(1));
  EXPECT_EQ(centre.partitions[0].engine_partition, "gpu");
  EXPECT_EQ(centre.partitions[1].engine_partition, "normal");
  EXPECT_TRUE(centre.partitions[1].guest);
  EXPECT_EQ(centre.users[0].account, "ada77");
  // The default partition is the engine's; this machine is in the first of its own.
  ASSERT_EQ(centre.nodes.size(), 1U);
  EXPECT_EQ(centre.nodes[0].partition, "here");
}

TEST(CentreDocument, ACentreOfEnginesAloneLeavesThisMachineOut) {
  const auto read_centre = read(R"(engines: [{name: big, rest: "unix:/run/rest", key-file: /k, shared: /s}]
partitions: [{name: gpu, engine: big}]
)");
  ASSERT_TRUE(read_centre) << read_centre.error()[0].message;
  EXPECT_TRUE(read_centre->centre.nodes.empty());
}

TEST(CentreDocument, NodesOfAnEngineComeBehindThoseThatAreThere) {
  Centre centre = read(with_an_engine)->centre;
  const EngineMachines machines{
      .switches = {{"leaf", "spine"}},
      .nodes = {{"n1", {"gpu", "debug"}, "leaf", CoreCount{64}, Bytes{1LL << 38}, "a100", CardCount{8}},
                {"n2", {"normal"}, "", CoreCount{32}, Bytes{1LL << 37}, "", CardCount{}},
                {"n3", {"debug"}, "", CoreCount{32}, Bytes{1LL << 37}, "odd", CardCount{2}}}};
  ASSERT_TRUE(add_engine_nodes(centre, "big", machines));
  ASSERT_EQ(centre.nodes.size(), 3U) << "n3 is in none of our partitions";
  EXPECT_EQ(centre.nodes[1].name, "n1");
  EXPECT_EQ(centre.nodes[1].id, NodeId{1});
  EXPECT_EQ(centre.nodes[1].partition, "gpu");
  EXPECT_EQ(centre.nodes[2].partition, "shared");
  EXPECT_EQ(centre.switches, (std::vector<Switch>{{"leaf", ""}})) << "the spine was not described";
  EXPECT_EQ(centre.prices.back(), (Price{"a100", usual_card_hour}));

  Centre next = read(with_an_engine)->centre;
  keep_engine_nodes(next, "big", centre);
  EXPECT_EQ(next.nodes, centre.nodes);
}

TEST(CentreDocument, NodesOfAnEngineAreRefusedWhereCapacityWouldCountTwice) {
  Centre centre = read(with_an_engine)->centre;
  const Centre before = centre;
  const auto same_name = add_engine_nodes(centre, "big", {{}, {{"desk", {"gpu"}, "", CoreCount{4}, {}, "", {}}}});
  ASSERT_FALSE(same_name);
  EXPECT_EQ(same_name.error().code, "duplicate");
  const auto in_two = add_engine_nodes(centre, "big", {{}, {{"n1", {"gpu", "normal"}, "", CoreCount{4}, {}, "", {}}}});
  ASSERT_FALSE(in_two);
  EXPECT_NE(in_two.error().message.find("partitions gpu and shared"), std::string::npos) << in_two.error().message;
  EXPECT_EQ(centre, before);
}

TEST(CentreDocument, BudgetsBecomeGrants) {
  const auto read_centre = read("projects: [{name: p, budget: 1000.5, shares: 3, merit: 200}, {name: q, parent: p}]\n");
  ASSERT_TRUE(read_centre) << read_centre.error()[0].message;
  EXPECT_EQ(read_centre->grants, (std::vector<Grant>{{"p", Credits(1'000'500'000)}}));
  EXPECT_EQ(read_centre->centre.projects, (std::vector<Project>{{"p", "", 3, 200, true}, {"q", "p", 1, 100, false}}));
}

TEST(CentreDocument, TheShippedExampleIsRead) {
  std::ifstream in(std::filesystem::path(MINGYUE_FORMAT_DOCS) / "centre-example.yaml");
  std::stringstream text;
  text << in.rdbuf();
  ASSERT_FALSE(text.str().empty());
  const auto centre = read(text.str());
  ASSERT_TRUE(centre) << centre.error()[0].line << ": " << centre.error()[0].message;
  EXPECT_EQ(centre->centre.nodes.size(), 1U + 128 + 16);
  EXPECT_EQ(centre->centre.partitions.front().name, "main");
  EXPECT_EQ(centre->grants.size(), 2U);
  EXPECT_EQ(centre->centre.policy.weight_merit, 300);
}

struct Bad {
  std::string yaml;
  const char* code;
  const char* field;
  int line;
  const char* message;
  const char* hint;
};

class BadCentre : public testing::TestWithParam<Bad> {};

TEST_P(BadCentre, IsRefusedByFieldAndLine) {
  const Bad& bad = GetParam();
  const auto centre = read(bad.yaml);
  ASSERT_FALSE(centre) << bad.yaml;
  ASSERT_EQ(centre.error().size(), 1U) << centre.error()[0].message << " and " << centre.error()[1].message;
  const Refusal& refusal = centre.error()[0];
  EXPECT_EQ(refusal.code, bad.code) << refusal.message;
  EXPECT_EQ(refusal.field, bad.field) << refusal.message;
  EXPECT_EQ(refusal.line, bad.line) << refusal.message;
  EXPECT_NE(refusal.message.find(bad.message), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.hint.find(bad.hint), std::string::npos) << refusal.hint;
  EXPECT_FALSE(refusal.hint.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Centres, BadCentre,
    testing::Values(
        Bad{"- x\n", "bad-value", "", 1, "should be a map", "field: value"},
        Bad{"nodez: []\n", "unknown-field", "nodez", 1, "no field \"nodez\"", "did you mean \"nodes\"?"},
        Bad{"partitions: [{name: main, spares: 1}]\n", "out-of-range", "partitions[0].spares", 1,
            "has 1 nodes and cannot keep 1", "fewer"},
        Bad{"partitions: [{wall-max: 1d}]\n", "missing-field", "partitions[0].name", 1, "is missing", "name"},
        Bad{"partitions: [a, a]\n", "duplicate", "partitions[1].name", 1, "two partitions", "own"},
        Bad{"nodes: [{name: a, cores: 4}]\n", "not-allowed", "nodes[0].virtual", 1, "this machine alone",
            "virtual: true"},
        Bad{"nodes: [{name: a, virtual: true}]\n", "missing-field", "nodes[0].cores", 1, "is missing", "cores"},
        Bad{"nodes:\n- {name: b, cores: 4, virtual: true}\n- {name: 'b', cores: 4, virtual: true}\n", "duplicate",
            "nodes[1].name", 3, "line 3, column 10: \"b\" is the name of another node, from line 2, column 10",
            "name of its own"},
        Bad{"nodes: [{name: moon, cores: 4, virtual: true}]\n", "duplicate", "nodes[0].name", 1,
            "this machine has the name", "machine:"},
        Bad{"nodes: [{name: 'n[3-1]', cores: 4, virtual: true}]\n", "bad-value", "nodes[0].name", 1, "no range",
            "node[001-128]"},
        Bad{"nodes: [{name: 'n[1-3', cores: 4, virtual: true}]\n", "bad-value", "nodes[0].name", 1, "without its ]",
            "node[001-128]"},
        Bad{"nodes: [{name: 'n[0-99999]', cores: 4, virtual: true}]\n", "too-large", "nodes[0].name", 1,
            "more than 100000", "fewer"},
        Bad{"nodes: [{name: 'n[0-999][0-999]', cores: 4, virtual: true}]\n", "too-large", "nodes[0].name", 1,
            "more than 100000", "fewer"},
        Bad{"nodes: [{name: 'a b', cores: 4, virtual: true}]\n", "bad-value", "nodes[0].name", 1, "no name", "A-Z"},
        Bad{"nodes: [{name: a, cores: 4, partition: mian, virtual: true}]\n", "unknown-partition", "nodes[0].partition",
            1, "\"mian\"", "\"main\""},
        Bad{"nodes: [{name: a, cores: 4, switch: s, virtual: true}]\n", "unknown-switch", "nodes[0].switch", 1, "\"s\"",
            "there are none"},
        Bad{"nodes: [{name: a, cores: 4, cards: {type: moonchip}, virtual: true}]\n", "unknown-card-type",
            "nodes[0].cards.type", 1, "\"moonchip\"", "card-types"},
        Bad{"nodes: [{name: a, cores: 4, cards: {type: ascend910}, virtual: true}]\n", "unknown-card-type",
            "nodes[0].cards.type", 1, "", "ascend910a"},
        Bad{"nodes: [{name: a, cores: 4, cards: {count: 2}, virtual: true}]\n", "missing-field", "nodes[0].cards.type",
            1, "missing", "card-types"},
        Bad{"partitions: [{name: a, engine: big}, b]\n", "unknown-engine", "partitions[0].engine", 1, "\"big\"",
            "there are none"},
        Bad{"partitions: [{name: a, guest: true}]\n", "not-allowed", "partitions[0].guest", 1, "on an engine",
            "engine"},
        Bad{"engines: [{name: e, rest: 'http://h', shared: /s}]\n", "bad-value", "engines[0].name", 1, "either",
            "token-file"},
        Bad{"engines: [{name: e, rest: here, key-file: k, shared: /s}]\n", "bad-value", "engines[0].rest", 1,
            "\"here\"", "unix:/PATH"},
        Bad{"engines: [{name: e, rest: 'http://h', key-file: k, shared: s}]\n", "bad-value", "engines[0].shared", 1,
            "absolute", "/"},
        Bad{"engines: [{name: e, kind: local, rest: 'http://h', key-file: k, shared: /s}]\n", "not-allowed",
            "engines[0].kind", 1, "always there", "leave it out"},
        Bad{"engines: [{name: e, rest: 'http://h', key-file: k, shared: /s}]\npartitions: [{name: a, engine: e}, b]\n"
            "nodes: [{name: n, cores: 1, virtual: true, partition: a}]\n",
            "not-allowed", "nodes[0].partition", 3, "those of engine \"e\"", "asked for its nodes"},
        Bad{"machine: none\n", "missing-field", "nodes", 1, "has no node", "virtual"},
        Bad{"machine: {cores: 8}\n", "out-of-range", "machine.cores", 1, "has 4 cores, not 8", "at most 4"},
        Bad{"machine: {memory: 1T}\n", "out-of-range", "machine.memory", 1, "has 16G of memory, not 1T", "virtual"},
        Bad{"machine: big\n", "bad-value", "machine", 1, "should be a map", "field"},
        Bad{"switches: [{name: a, above: b}]\n", "unknown-switch", "switches[0].above", 1, "no switch \"b\"", "\"a\""},
        Bad{"switches: [{name: a, above: b}, {name: b, above: a}]\n", "bad-value", "switches[0].above", 1,
            "above itself", "nothing above"},
        Bad{"card-types: [{name: x, visible-variable: 'a b'}]\n", "bad-value", "card-types[0].visible-variable", 1,
            "\"a b\"", "CUDA"},
        Bad{"classes: [{name: x, rank: 1001}]\n", "out-of-range", "classes[0].rank", 1, "1001", "0 to 1000"},
        Bad{"projects: [{name: p, parent: q}]\n", "unknown-project", "projects[0].parent", 1, "\"q\"", "\"p\""},
        Bad{"projects: [{name: p, parent: p}]\n", "bad-value", "projects[0].parent", 1, "above itself",
            "nothing above"},
        Bad{"projects: [{name: p, budget: -1}]\n", "out-of-range", "projects[0].budget", 1, "below nothing",
            "0 or more"},
        Bad{"projects: [{name: p, shares: 0}]\n", "out-of-range", "projects[0].shares", 1, "0", "1 to"},
        Bad{"users: [{name: u, role: boss}]\n", "bad-value", "users[0].role", 1, "\"boss\"", "operator"},
        Bad{"users: [{name: u, projects: [defualt]}]\n", "unknown-project", "users[0].projects", 1, "\"defualt\"",
            "\"default\""},
        Bad{"prices: {card-hour: {h100: 3}}\n", "unknown-field", "prices.card-hour.h100", 1, "\"h100\"", "a100"},
        Bad{"prices: {core-hour: -3}\n", "out-of-range", "prices.core-hour", 1, "below nothing", "0 or more"},
        Bad{"policy: {weights: {age: -1}}\n", "out-of-range", "policy.weights.age", 1, "-1", "0 to"},
        Bad{"policy: {halflife: 1d}\n", "unknown-field", "policy.halflife", 1, "\"halflife\"", "docs"}));

TEST(NodeNames, AreExpanded) {
  EXPECT_EQ(expand_names("n[09-11]", 10), (std::vector<std::string>{"n09", "n10", "n11"}));
  EXPECT_EQ(expand_names("r[1-2]-n[1,3]", 10), (std::vector<std::string>{"r1-n1", "r1-n3", "r2-n1", "r2-n3"}));
  EXPECT_EQ(expand_names("login", 10), (std::vector<std::string>{"login"}));
  EXPECT_FALSE(expand_names("n[1-11]", 10));
  EXPECT_FALSE(expand_names("n[]", 10));
  EXPECT_FALSE(expand_names("", 10));
  EXPECT_FALSE(expand_names("n[1-999999999]", 10));
}

TEST(NodeNames, ComeFromTheHost) {
  EXPECT_EQ(node_name_of("moon.example.org"), "moon");
  EXPECT_EQ(node_name_of("my host"), "my-host");
  EXPECT_EQ(node_name_of(""), "localhost");
}

}  // namespace
}  // namespace mingyue::model
