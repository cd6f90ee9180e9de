"""The quantum recipes: what they derive, piece by piece, and the results that they reach on a small exact simulator.

Reference figures lie in ../shared/quantum beside the source tree; where they are not, the tests that want them are
skipped.
"""

import contextlib
import io
import json
import math
import os
import random
import re
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
RECIPES = os.path.join(ROOT, "recipes")
SCIENCE = os.path.join(ROOT, "../shared/quantum/science")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(ROOT, "clients/python"), os.path.join(ROOT, "clients/python/testing"),
                *(os.path.join(RECIPES, name) for name in ("h2-vqe", "lih-vqe", "option-pricing", "max-cut"))]

import amplitude_estimation
import h2_vqe
import hydrogen
import jordan_wigner
import lih_vqe
import max_cut
import molecule
import option_pricing
import qpu_server
import small_simulator


def science(name):
    path = os.path.join(SCIENCE, name)
    if not os.path.exists(path):
        raise unittest.SkipTest(f"{path} is not here")
    with open(path) as file:
        return json.load(file)


def lithium_hydride():
    at = lih_vqe.DISTANCE / molecule.BOHR_IN_ANGSTROM
    return molecule.HartreeFock([("Li", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, at))], 4)


def probability_of_one(model):
    state = small_simulator.Circuit(model.prepared()).state()
    return small_simulator.PauliSum(model.yes().items()).expectation(state)


class Chemistry(unittest.TestCase):
    def same_up_to_signs_of_orbitals(self, ours, reference, within):
        theirs = dict(reference["terms"])
        theirs["I" * reference["n_qubits"]] += reference["E_nuc"]
        self.assertEqual(set(ours), set(theirs))
        for letters, coefficient in theirs.items():
            self.assertAlmostEqual(abs(ours[letters]), abs(coefficient), delta=within, msg=letters)

    def test_hydrogen_has_the_published_hamiltonian(self):
        h2 = hydrogen.Molecule(0.735 / hydrogen.BOHR_IN_ANGSTROM)
        ours = jordan_wigner.hamiltonian(h2.nuclei, h2.one, h2.two)
        self.same_up_to_signs_of_orbitals(ours, science("H2_STO3g_4qubits_jw.json"), 1e-7)

    def test_lithium_hydride_has_the_published_hamiltonian(self):
        hf, reference = lithium_hydride(), science("LiH_STO3g_12qubits_jw.json")
        ours = jordan_wigner.hamiltonian(hf.nuclei, hf.one, hf.two)
        self.same_up_to_signs_of_orbitals(ours, reference, 1e-6)
        self.assertAlmostEqual(hf.energy, reference["E_HF_recomputed"] + reference["E_nuc"], 7)

    def test_hydrogen_follows_the_dissociation_curve(self):
        for point in science("h2_sto3g_curve.json")["points"]:
            h2 = hydrogen.Molecule(point["R_angstrom"] / hydrogen.BOHR_IN_ANGSTROM)
            self.assertAlmostEqual(h2.hartree_fock, point["E_HF"], delta=5e-8)
            self.assertAlmostEqual(h2.exact, point["E_FCI"], delta=5e-8)

    def test_closed_form_and_general_integrals_agree(self):
        for distance in (0.8, 1.4, 4.0):
            h2 = hydrogen.Molecule(distance)
            general = molecule.HartreeFock([("H", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, distance))], 2)
            self.assertAlmostEqual(h2.hartree_fock, general.energy, 10)
            self.assertAlmostEqual(h2.two[0][1][0][1], general.two[0][1][0][1], 10)

    def test_integrals_do_not_care_how_the_molecule_lies(self):
        # Off the axis nothing is zero by symmetry, so every integral is really computed.
        d = 3.0 / math.sqrt(3)
        energies = [molecule.HartreeFock([("Li", (0.0, 0.0, 0.0)), ("H", place)], 4).energy
                    for place in ((0.0, 0.0, 3.0), (d, d, d))]
        self.assertAlmostEqual(energies[0], energies[1], 10)

    def test_boys_functions_meet_where_the_method_changes(self):
        for x in (0.0, 1e-12, 0.5, 34.9, 35.1):
            values = molecule._boys(4, x)
            self.assertAlmostEqual(values[0], hydrogen._f0(x), 14)
            for n in range(4):  # the recursion that neither branch uses in this direction
                self.assertAlmostEqual((2 * n + 1) * values[n], 2 * x * values[n + 1] + math.exp(-x), 13)

    def test_jordan_wigner_anticommutes(self):
        for p in range(3):
            for q in range(3):
                a, b = jordan_wigner._annihilate(p), jordan_wigner._create(q)
                total = jordan_wigner._product(a, b)
                for key, value in jordan_wigner._product(b, a).items():
                    total[key] = total.get(key, 0) + value
                self.assertEqual({k: v for k, v in total.items() if v}, {(0, 0): 1} if p == q else {})


class Circuits(unittest.TestCase):
    def test_excitations_turn_two_states_and_leave_all_others(self):
        for name, qubits, source, target in (("one", 2, 0b01, 0b10), ("two", 4, 0b0011, 0b1100)):
            for begin in range(1 << qubits):
                flips = "".join(f"x q[{k}];" for k in range(qubits) if begin >> k & 1)
                operands = ", ".join(f"q[{k}]" for k in range(qubits))
                text = f"{lih_vqe.HEADER} qubit[{qubits}] q; {flips} {name}(0.3) {operands};"
                circuit = small_simulator.Circuit(text)
                wanted = {source: {source: math.cos(0.3), target: math.sin(0.3)},
                          target: {target: math.cos(0.3), source: -math.sin(0.3)}}.get(begin, {begin: 1})
                state = circuit.state()
                self.assertEqual(set(state), set(wanted))
                for index, value in wanted.items():
                    self.assertAlmostEqual(state[index], value)

    def test_five_values_say_where_a_curve_is_lowest(self):
        draw = random.Random(3)
        for _ in range(50):
            c, a1, b1, a2, b2 = (draw.uniform(-1, 1) for _ in range(5))
            curve = lambda x: c + a1 * math.cos(x) + b1 * math.sin(x) + a2 * math.cos(2 * x) + b2 * math.sin(2 * x)
            x, value = lih_vqe.lowest_turn([curve(turn) for turn in lih_vqe.TURNS])
            self.assertAlmostEqual(value, curve(x))
            self.assertLessEqual(value, min(curve(k / 100) for k in range(629)) + 1e-12)

    def test_three_values_say_where_a_wave_is_lowest(self):
        wave = [2 - math.cos(math.tau * k / 3 - 0.4) for k in range(3)]
        self.assertAlmostEqual(h2_vqe.lowest_angle(wave), 0.4)

    def test_a_distribution_is_loaded_as_it_is(self):
        draw = random.Random(5)
        weights = [draw.random() for _ in range(8)]
        weights[2] = weights[6] = weights[7] = 0.0
        lines = amplitude_estimation.load([w / sum(weights) for w in weights], ["q[0]", "q[1]", "q[2]"])
        state = small_simulator.Circuit("qubit[3] q; " + " ".join(lines)).state()
        for k, weight in enumerate(weights):
            self.assertAlmostEqual(abs(state.get(k, 0)) ** 2, weight / sum(weights))


class Finance(unittest.TestCase):
    def test_the_call_is_the_published_one(self):
        reference = science("finance_reference.json")["european_call"]["by_qubits"]["3"]
        payoff, delta, unit = option_pricing.call_models()
        self.assertAlmostEqual(probability_of_one(payoff) * unit, reference["payoff"], 12)
        self.assertAlmostEqual(probability_of_one(delta), reference["delta"], 12)

    def test_the_portfolio_is_the_published_one(self):
        reference = science("finance_reference.json")["credit_risk_tutorial"]
        loss, within, unit = option_pricing.credit_models()
        self.assertAlmostEqual(probability_of_one(loss) * unit, reference["expected_loss"], 12)
        total = 0.0
        for bound, model in within.items():
            total += reference["pmf"][str(bound)]
            self.assertAlmostEqual(probability_of_one(model), total, 12)

    def test_estimates_are_as_good_as_they_say(self):
        draw, misses = random.Random(7), 0
        probabilities = [0.0, 1e-4, 0.03, 0.2499, 0.5, 0.75, 0.9999, 1.0] * 5
        for probability in probabilities:
            one = amplitude_estimation.Estimate(0.001, 0.05, 100)
            angle = math.asin(math.sqrt(probability))
            while not one.done:
                chance = math.sin((2 * one.power + 1) * angle) ** 2
                one.learn(sum(draw.random() < chance for _ in range(one.shots)))
            misses += abs(one.value() - probability) > 0.001
            self.assertLess(one.queries, 0.25 / 0.001**2)  # what shots alone would take for one standard error
        self.assertLessEqual(misses, 0.05 * len(probabilities))


class Results(unittest.TestCase):
    """Each recipe as a job runs it, held against its recipe.yaml."""

    def run_recipe(self, name, program):
        with tempfile.TemporaryDirectory() as folder:
            server = qpu_server.QpuServer(os.path.join(folder, "qpu"), "key").start()
            self.addCleanup(server.stop)
            os.environ.update(MINGYUE_QPU_SOCKET=server.path, MINGYUE_QPU_KEY="key")
            before = os.getcwd()
            os.chdir(folder)
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    program.main()
                with open("result.json") as file:
                    return json.load(file)
            finally:
                os.chdir(before)
                server.stop()

    def meets_its_references(self, name, program):
        result = self.run_recipe(name, program)
        with open(os.path.join(RECIPES, name, "recipe.yaml")) as file:
            wanted = re.findall(r"^    key: (\w+)$.*?^    reference: (\S+)$.*?^    tolerance: (\S+)$", file.read(),
                                re.M | re.S)
        self.assertTrue(wanted)
        for key, reference, tolerance in wanted:
            self.assertAlmostEqual(result[key], float(reference), delta=float(tolerance) + 1e-12, msg=key)

    def test_h2_vqe(self):
        self.meets_its_references("h2-vqe", h2_vqe)

    def test_option_pricing(self):
        self.meets_its_references("option-pricing", option_pricing)

    def test_max_cut(self):
        self.meets_its_references("max-cut", max_cut)

    def test_lih_vqe_is_well_on_its_way_after_three_rounds(self):
        self.addCleanup(setattr, lih_vqe, "ROUNDS_MAX", lih_vqe.ROUNDS_MAX)
        lih_vqe.ROUNDS_MAX = 3
        result = self.run_recipe("lih-vqe", lih_vqe)
        self.assertAlmostEqual(result["hartree_fock"], -7.863105, 6)
        self.assertAlmostEqual(result["energy"], -7.880581, 6)  # of the 0.019657 Ha that there are, 0.017476


if __name__ == "__main__":
    unittest.main()
