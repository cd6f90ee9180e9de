// A copper bar strikes a rigid wall: explicit finite elements, from the first contact to rest.
//
// The test is G. I. Taylor's: the faster a bar flies, the shorter and the more mushroomed it stops. The bar is
// axisymmetric, so we mesh the (r, z) half-plane with quadrilaterals of one integration point:
//
//      z ^   free end, flies with -speed          Each step: strain rates from the nodes' velocities, stresses
//        |-----+                                  from those (J2 plasticity, radial return, Jaumann spin), forces
//   axis |     | free side                        back to the nodes, velocities and positions half a step apart.
//        |     |
//        +-----+--> r                             One point per element leaves the hourglass modes without
//      ///wall///                                 stiffness; a small viscosity (Flanagan-Belytschko) holds them.
//
//   taylor [--speed M/S] [--radial N] [--axial N]
//
// prints one "key value" per line. The energy balance says whether to believe the rest: what the bar brought must
// be found again as motion, elastic energy, plastic work and the two viscosities' heat.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>
#include <string_view>
#include <vector>

namespace {

constexpr double pi = std::numbers::pi;

// The benchmark's copper and bar; SI units throughout.
constexpr double bar_radius = 3.2e-3, bar_length = 32.4e-3;
constexpr double young = 117e9, poisson = 0.35, density = 8930;
constexpr double yield = 400e6, hardening = 100e6;
constexpr double time_end = 80e-6;

constexpr double shear = young / 2 / (1 + poisson);
constexpr double bulk = young / 3 / (1 - 2 * poisson);

constexpr double hourglass_share = 0.05;  // of the critical viscosity
constexpr double viscosity_quadratic = 2.25, viscosity_linear = 0.06;

struct Node {
  double r, z;
  double speed_r = 0, speed_z = 0;
  double mass = 0;  // per radian of the circumference
  double force_r = 0, force_z = 0;
};

struct Element {
  std::array<int, 4> corner;
  double mass;                            // area times radius times density
  double rr = 0, zz = 0, tt = 0, rz = 0;  // deviatoric stress
  double pressure = 0;                    // mean stress, positive in tension
  double plastic_strain = 0;
};

struct Energy {
  double plastic = 0, viscous = 0, hourglass = 0;  // joules dissipated, whole circumference
};

struct Bar {
  int radial, axial;
  std::vector<Node> nodes;
  std::vector<Element> elements;
  Energy energy;

  [[nodiscard]] int index(int i, int j) const { return i + (radial + 1) * j; }

  [[nodiscard]] double kinetic_energy() const {
    double sum = 0;
    for (const Node& n : nodes) sum += 0.5 * n.mass * (n.speed_r * n.speed_r + n.speed_z * n.speed_z);
    return 2 * pi * sum;
  }
};

Bar make_bar(int radial, int axial, double speed) {
  Bar bar{radial, axial, {}, {}, {}};
  for (int j = 0; j <= axial; ++j)
    for (int i = 0; i <= radial; ++i)
      bar.nodes.push_back({.r = bar_radius * i / radial, .z = bar_length * j / axial, .speed_z = -speed});
  const double area = bar_radius / radial * bar_length / axial;
  for (int j = 0; j < axial; ++j)
    for (int i = 0; i < radial; ++i) {
      const double mass = density * area * bar_radius * (i + 0.5) / radial;
      const std::array corner{bar.index(i, j), bar.index(i + 1, j), bar.index(i + 1, j + 1), bar.index(i, j + 1)};
      for (int n : corner) bar.nodes[n].mass += mass / 4;
      bar.elements.push_back({.corner = corner, .mass = mass});
    }
  return bar;
}

// The gradient operator at an element's centre, its area and its mean radius.
struct Shape {
  std::array<double, 4> by_r, by_z;
  double area, radius, length;  // length: the shortest way through the element
};

Shape shape_of(const std::array<Node*, 4>& n) {
  const double d20r = n[2]->r - n[0]->r, d20z = n[2]->z - n[0]->z;
  const double d31r = n[3]->r - n[1]->r, d31z = n[3]->z - n[1]->z;
  Shape s{};
  s.area = 0.5 * (d20r * d31z - d31r * d20z);
  s.radius = (n[0]->r + n[1]->r + n[2]->r + n[3]->r) / 4;
  s.by_r = {-d31z / 2 / s.area, d20z / 2 / s.area, d31z / 2 / s.area, -d20z / 2 / s.area};
  s.by_z = {d31r / 2 / s.area, -d20r / 2 / s.area, -d31r / 2 / s.area, d20r / 2 / s.area};
  s.length = s.area / std::sqrt(std::max(d20r * d20r + d20z * d20z, d31r * d31r + d31z * d31z) / 2);
  return s;
}

// Advances one element's stress by `step`, adds its forces to its nodes, and returns the longest stable next step.
double push(Bar& bar, Element& e, double step) {
  std::array<Node*, 4> n{};
  for (int a = 0; a < 4; ++a) n[a] = &bar.nodes[e.corner[a]];
  const Shape s = shape_of(n);
  const double volume = 2 * pi * s.area * s.radius;

  double d_rr = 0, d_zz = 0, dr_dz = 0, dz_dr = 0, mean_speed_r = 0;
  for (int a = 0; a < 4; ++a) {
    d_rr += s.by_r[a] * n[a]->speed_r;
    d_zz += s.by_z[a] * n[a]->speed_z;
    dr_dz += s.by_z[a] * n[a]->speed_r;
    dz_dr += s.by_r[a] * n[a]->speed_z;
    mean_speed_r += n[a]->speed_r / 4;
  }
  const double d_tt = mean_speed_r / s.radius, d_rz = 0.5 * (dr_dz + dz_dr), spin = 0.5 * (dr_dz - dz_dr);
  const double swelling = d_rr + d_zz + d_tt;

  // Elastic trial, turned with the material (Jaumann), then back to the yield surface along the radius.
  double rr = e.rr + step * (2 * shear * (d_rr - swelling / 3) + 2 * spin * e.rz);
  double zz = e.zz + step * (2 * shear * (d_zz - swelling / 3) - 2 * spin * e.rz);
  double tt = e.tt + step * 2 * shear * (d_tt - swelling / 3);
  double rz = e.rz + step * (2 * shear * d_rz + spin * (e.zz - e.rr));
  const double mises = std::sqrt(1.5 * (rr * rr + zz * zz + tt * tt + 2 * rz * rz));
  const double limit = yield + hardening * e.plastic_strain;
  if (mises > limit) {
    const double flow = (mises - limit) / (3 * shear + hardening);
    const double back = (limit + hardening * flow) / mises;
    rr *= back, zz *= back, tt *= back, rz *= back;
    e.plastic_strain += flow;
    bar.energy.plastic += volume * (limit + 0.5 * hardening * flow) * flow;
  }
  e.rr = rr, e.zz = zz, e.tt = tt, e.rz = rz;
  e.pressure += step * bulk * swelling;

  // A bulk viscosity spreads the shock over a few elements.
  static const double sound = std::sqrt((bulk + 4 * shear / 3) / density);
  const double density_now = e.mass / (s.area * s.radius);
  double viscous = 0;
  if (swelling < 0)
    viscous = density_now * s.length *
              (viscosity_quadratic * s.length * swelling * swelling - viscosity_linear * sound * swelling);
  bar.energy.viscous -= volume * viscous * swelling * step;

  const std::array<double, 4> mode{1, -1, 1, -1};
  double mode_r = 0, mode_z = 0;
  for (int a = 0; a < 4; ++a) mode_r += mode[a] * n[a]->r, mode_z += mode[a] * n[a]->z;
  std::array<double, 4> hourglass{};
  double rate_r = 0, rate_z = 0;
  for (int a = 0; a < 4; ++a) {
    hourglass[a] = mode[a] - mode_r * s.by_r[a] - mode_z * s.by_z[a];
    rate_r += hourglass[a] * n[a]->speed_r;
    rate_z += hourglass[a] * n[a]->speed_z;
  }
  const double damping = hourglass_share * density_now * sound * std::sqrt(s.area) * s.radius / 4;
  bar.energy.hourglass += 2 * pi * damping * (rate_r * rate_r + rate_z * rate_z) * step;

  const double total = e.pressure - viscous;
  for (int a = 0; a < 4; ++a) {
    n[a]->force_r -= s.radius * s.area * ((rr + total) * s.by_r[a] + rz * s.by_z[a]) + s.area * (tt + total) / 4 +
                     damping * hourglass[a] * rate_r;
    n[a]->force_z -= s.radius * s.area * ((zz + total) * s.by_z[a] + rz * s.by_r[a]) + damping * hourglass[a] * rate_z;
  }
  return 0.5 * s.length / (sound * (1 + 1.5 * std::sqrt(viscous / (density_now * sound * sound))));
}

void move(Bar& bar, double step) {
  for (int j = 0; j <= bar.axial; ++j)
    for (int i = 0; i <= bar.radial; ++i) {
      Node& n = bar.nodes[bar.index(i, j)];
      n.speed_r += step * n.force_r / n.mass;
      n.speed_z += step * n.force_z / n.mass;
      if (i == 0) n.speed_r = 0;  // the axis
      if (j == 0) n.speed_z = 0;  // the wall, frictionless
      n.r += step * n.speed_r;
      n.z += step * n.speed_z;
      n.force_r = n.force_z = 0;
    }
}

double elastic_energy(Bar& bar) {
  double sum = 0;
  for (const Element& e : bar.elements) {
    std::array<Node*, 4> n{};
    for (int a = 0; a < 4; ++a) n[a] = &bar.nodes[e.corner[a]];
    const Shape s = shape_of(n);
    const double deviatoric = e.rr * e.rr + e.zz * e.zz + e.tt * e.tt + 2 * e.rz * e.rz;
    sum += 2 * pi * s.area * s.radius * (deviatoric / (4 * shear) + e.pressure * e.pressure / (2 * bulk));
  }
  return sum;
}

}  // namespace

int main(int count, char** words) {
  double speed = 227;
  int radial = 8, axial = 80;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view option = words[i];
    if (option == "--speed")
      speed = std::atof(words[i + 1]);
    else if (option == "--radial")
      radial = std::atoi(words[i + 1]);
    else if (option == "--axial")
      axial = std::atoi(words[i + 1]);
    else
      return std::fprintf(stderr, "taylor: no option %s\n", words[i]), 93;
  }
  if (!(speed > 0 && radial > 0 && axial > 0)) return std::fprintf(stderr, "taylor: sizes must be positive\n"), 93;

  Bar bar = make_bar(radial, axial, speed);
  const double energy_start = bar.kinetic_energy();
  double now = 0, step = 1e-9;
  long steps = 0;
  for (; now < time_end; ++steps) {
    double longest = 1.05 * step;
    for (Element& e : bar.elements) longest = std::min(longest, push(bar, e, step));
    move(bar, step);
    now += step;
    step = longest;
    if (!(step > 1e-13)) return std::fprintf(stderr, "taylor: unstable at %g s\n", now), 1;
  }

  const double kinetic = bar.kinetic_energy(), elastic = elastic_energy(bar);
  const double found = kinetic + elastic + bar.energy.plastic + bar.energy.viscous + bar.energy.hourglass;
  double strain = 0;
  for (const Element& e : bar.elements) strain = std::max(strain, e.plastic_strain);
  std::printf("speed_m_s %g\nsteps %ld\nlength_mm %.4f\nradius_mm %.4f\nplastic_strain_max %.3f\n", speed, steps,
              bar.nodes[bar.index(0, axial)].z * 1e3, bar.nodes[bar.index(radial, 0)].r * 1e3, strain);
  std::printf("energy_start_j %.3f\nkinetic_j %.3f\nelastic_j %.3f\nplastic_j %.3f\nviscous_j %.3f\nhourglass_j %.3f\n",
              energy_start, kinetic, elastic, bar.energy.plastic, bar.energy.viscous, bar.energy.hourglass);
  std::printf("energy_found %.5f\n", found / energy_start);
}
