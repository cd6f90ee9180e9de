#include "workload/profile.hpp"

namespace mingyue::workload {
namespace {

constexpr std::array<SizeShare, 11> seren_sizes{{{1, 5404, 135},
                                                 {2, 6543, 179},
                                                 {4, 6795, 237},
                                                 {8, 9675, 1192},
                                                 {16, 9786, 1315},
                                                 {32, 9882, 1912},
                                                 {64, 9932, 2759},
                                                 {128, 9955, 4169},
                                                 {256, 9973, 5630},
                                                 {512, 9982, 6692},
                                                 {1024, 10000, 10000}}};
constexpr std::array<SizeShare, 11> kalos_sizes{{{1, 8628, 16},
                                                 {2, 8836, 16},
                                                 {4, 8836, 16},
                                                 {8, 9392, 62},
                                                 {16, 9426, 63},
                                                 {32, 9465, 196},
                                                 {64, 9530, 326},
                                                 {128, 9568, 375},
                                                 {256, 9690, 2488},
                                                 {512, 9807, 5045},
                                                 {1024, 10000, 10000}}};
// The published 99.95 % of the time at 1,024 is taken as all of it: a class of one job in ten thousand is no class.
constexpr std::array<SizeShare, 11> helios_sizes{{{1, 7219, 544},
                                                  {2, 7475, 716},
                                                  {4, 8047, 1214},
                                                  {8, 9469, 4134},
                                                  {16, 9772, 6150},
                                                  {32, 9935, 8663},
                                                  {64, 9973, 9438},
                                                  {128, 9989, 9748},
                                                  {256, 9996, 9993},
                                                  {512, 9998, 9994},
                                                  {1024, 10000, 10000}}};

constexpr Profile seren{.from = "fitted to the published figures of Seren (Acme, NSDI'24, CC-BY-4.0)",
                        .sizes = seren_sizes,
                        .runs = {218,  278,  562,  1176, 2338, 3171, 3712, 4891, 6563, 7921,  8803,
                                 9294, 9599, 9753, 9844, 9919, 9964, 9983, 9993, 9998, 10000, 10000},
                        .mean_card_seconds = 32'405,  // 21.51e9 card-seconds in 663,813 jobs
                        .run_max = days(14),
                        .ends = {.cancelled_jobs = 75, .cancelled_time = 664, .failed_jobs = 429, .failed_time = 124}};
constexpr Profile kalos{.from = "fitted to the published figures of Kalos (Acme, NSDI'24, CC-BY-4.0)",
                        .sizes = kalos_sizes,
                        .runs = {0,    0,    0,    1,    148,  1872, 3819, 5047, 6910, 7945,  8594,
                                 9277, 9706, 9868, 9911, 9945, 9966, 9983, 9995, 9998, 10000, 10000},
                        .mean_card_seconds = 267'910,  // 5.333e9 in 19,907
                        .run_max = days(14),
                        .ends = {.cancelled_jobs = 62, .cancelled_time = 607, .failed_jobs = 397, .failed_time = 80}};
constexpr Profile helios{.from = "fitted to the published figures of Helios (SC'21, CC-BY-4.0)",
                         .sizes = helios_sizes,
                         .runs = {400,  493,  635,  770,  1072, 1615, 2488, 3781, 5657, 6758, 7525,
                                  8410, 8753, 9075, 9436, 9626, 9777, 9890, 9955, 9986, 9996, 10000},
                         .mean_card_seconds = 49'351,  // 78.00e9 in 1,580,464
                         .run_max = days(50),
                         .ends = {.cancelled_jobs = 221, .cancelled_time = 394, .failed_jobs = 155, .failed_time = 93}};

}  // namespace

const Profile& profile_of(Cluster cluster) {
  switch (cluster) {
    case Cluster::seren:
      return seren;
    case Cluster::kalos:
      return kalos;
    case Cluster::helios:
      return helios;
  }
  return seren;
}

}  // namespace mingyue::workload
