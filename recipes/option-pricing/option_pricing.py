"""A European call option, and the loss of a small credit portfolio, by amplitude estimation.

The call: the price at maturity is log-normal, on eight points within three standard deviations of its mean. Wanted
are the expected payoff max(0, S - K), and its delta, the probability that the option is exercised.

The portfolio: two loans that default together, because both depend on the state of the economy z, a normal variable
on four points within two standard deviations. Wanted are the expected loss, and the value at risk: the smallest loss
that is not exceeded with a probability of 95 %.

Both models are those of the tutorials of Qiskit Finance (European call option pricing; Credit risk analysis), which
follow Stamatopoulos et al., Quantum 4, 291 (2020) and Egger et al., IEEE Trans. Comput. 70, 2136 (2021). The circuits
here are exact where the tutorials' rotate by linear approximations: every value of a register has a rotation of its
own, eight at most.
"""

import json
import math
import os
from statistics import NormalDist

import mingyue_qpu
from amplitude_estimation import Model, estimate, load, turn_to, when

# The call. Years, and rates per year.
SPOT, STRIKE, VOLATILITY, RATE, MATURITY = 2.0, 1.896, 0.4, 0.05, 40 / 365
PRICE_QUBITS = 3

# The portfolio: (probability of default as things are, sensitivity to the economy, loss when it defaults).
LOANS = [(0.15, 0.1, 1), (0.25, 0.05, 2)]
ECONOMY_QUBITS, ECONOMY_REACH = 2, 2.0
CONFIDENCE = 0.95

PRECISION, DOUBT, SHOTS, SEED = 0.001, 0.01, 200, 20211


def prices():
    """The points and their probabilities."""
    spread = VOLATILITY * math.sqrt(MATURITY)
    centre = (RATE - VOLATILITY**2 / 2) * MATURITY + math.log(SPOT)
    mean = math.exp(centre + spread**2 / 2)
    deviation = mean * math.sqrt(math.expm1(spread**2))
    low, high = max(0.0, mean - 3 * deviation), mean + 3 * deviation
    points = [low + (high - low) * k / (2**PRICE_QUBITS - 1) for k in range(2**PRICE_QUBITS)]
    weights = [NormalDist(centre, spread).pdf(math.log(s)) / s for s in points]
    return points, [w / sum(weights) for w in weights]


def call_models():
    """Payoff in units of the largest one, and delta; and that unit."""
    points, probabilities = prices()
    register, last = [f"q{k}" for k in range(PRICE_QUBITS)], f"q{PRICE_QUBITS}"
    payoffs = [max(0.0, s - STRIKE) for s in points]
    loaded = load(probabilities, register)
    payoff = [when(k, register, turn_to(v / max(payoffs)), last) for k, v in enumerate(payoffs) if v > 0]
    delta = [when(k, register, "x", last) for k, s in enumerate(points) if s >= STRIKE]
    return Model(PRICE_QUBITS + 1, loaded + payoff), Model(PRICE_QUBITS + 1, loaded + delta), max(payoffs)


def credit_models():
    """Expected loss in units of the largest one; for each loss how likely it is not exceeded; and that unit."""
    normal = NormalDist()
    states = [ECONOMY_REACH * (2 * k / (2**ECONOMY_QUBITS - 1) - 1) for k in range(2**ECONOMY_QUBITS)]
    weights = [normal.pdf(z) for z in states]
    economy = [f"q{k}" for k in range(ECONOMY_QUBITS)]
    loans = [f"q{ECONOMY_QUBITS + k}" for k in range(len(LOANS))]
    last = f"q{ECONOMY_QUBITS + len(LOANS)}"
    loaded = load([w / sum(weights) for w in weights], economy)
    for qubit, (probability, sensitivity, _) in zip(loans, LOANS):
        for k, z in enumerate(states):
            shifted = (normal.inv_cdf(probability) - math.sqrt(sensitivity) * z) / math.sqrt(1 - sensitivity)
            loaded.append(when(k, economy, turn_to(normal.cdf(shifted)), qubit))
    losses = [sum(loss for k, (_, _, loss) in enumerate(LOANS) if defaults >> k & 1)
              for defaults in range(2 ** len(LOANS))]
    qubits = ECONOMY_QUBITS + len(LOANS) + 1
    lost = [when(d, loans, turn_to(v / max(losses)), last) for d, v in enumerate(losses) if v]
    within = {bound: Model(qubits, loaded + [when(d, loans, "x", last) for d, v in enumerate(losses) if v <= bound])
              for bound in sorted(set(losses))[:-1]}  # that the largest is not exceeded needs no device
    return Model(qubits, loaded + lost), within, max(losses)


def main():
    qpu = mingyue_qpu.connect()
    payoff, delta, payoff_unit = call_models()
    loss, within, loss_unit = credit_models()
    models = [payoff, delta, loss, *within.values()]

    # What the circuits hold, exactly: an ideal simulator can say that, and a test of the models wants it.
    circuits = [mingyue_qpu.Circuit(model.prepared(), sums=[model.yes()]) for model in models]
    exact = [circuit.outcomes[0].expectations[0] for circuit in qpu.run(circuits, shots=0).circuits]

    # What a real device can say as well.
    estimates = estimate(qpu, models, PRECISION, DOUBT, SHOTS, SEED)
    values = [one.value() for one in estimates]
    at_risk = next((bound for bound, value in zip(within, values[3:]) if value >= CONFIDENCE), loss_unit)

    result = {
        "payoff_loaded": exact[0] * payoff_unit,
        "payoff": values[0] * payoff_unit,
        "delta_loaded": exact[1],
        "delta": values[1],
        "loss_loaded": exact[2] * loss_unit,
        "loss": values[2] * loss_unit,
        "value_at_risk": at_risk,
        "queries": sum(one.queries for one in estimates),
    }
    with open("result.new", "w") as file:
        json.dump({name: round(value, 9) for name, value in result.items()}, file, indent=2)
    os.replace("result.new", "result.json")


if __name__ == "__main__":
    main()
