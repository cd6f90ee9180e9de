"""An exact simulator small enough to be read in one go, for tests: OpenQASM text in, amplitudes out.

It shares nothing with the simulators of the product and is a check on them. A state is a dict from basis state (qubit
i is bit i) to amplitude, zeros left out: circuits of chemistry that keep the number of particles cost what their few
hundred amplitudes cost.

Read are registers, `input float`, gate definitions, the gates of stdgates.inc that it lists below, `ctrl`, `negctrl`
and `inv`, barriers, and measurements at the end. Whatever else there is, is refused by name.
"""

import ast
import cmath
import collections
import math
import random
import re


class Refusal(Exception):
    pass


# --- gates: two by two matrices, controlled by any number of qubits ---------------------------------------------------


def _turn(theta, phi, lam):
    c, s = math.cos(theta / 2), math.sin(theta / 2)
    return (c, -cmath.exp(1j * lam) * s, cmath.exp(1j * phi) * s, cmath.exp(1j * (phi + lam)) * c)


def _phase(angle):
    return (1, 0, 0, cmath.exp(1j * angle))


_R = math.sqrt(0.5)
_ONE = {  # name: (number of angles, matrix of the angles)
    "id": (0, lambda: (1, 0, 0, 1)), "x": (0, lambda: (0, 1, 1, 0)), "y": (0, lambda: (0, -1j, 1j, 0)),
    "z": (0, lambda: (1, 0, 0, -1)), "h": (0, lambda: (_R, _R, _R, -_R)), "s": (0, lambda: (1, 0, 0, 1j)),
    "sdg": (0, lambda: (1, 0, 0, -1j)), "t": (0, lambda: _phase(math.pi / 4)), "tdg": (0, lambda: _phase(-math.pi / 4)),
    "sx": (0, lambda: ((1 + 1j) / 2, (1 - 1j) / 2, (1 - 1j) / 2, (1 + 1j) / 2)),
    "rx": (1, lambda a: (math.cos(a / 2), -1j * math.sin(a / 2), -1j * math.sin(a / 2), math.cos(a / 2))),
    "ry": (1, lambda a: (math.cos(a / 2), -math.sin(a / 2), math.sin(a / 2), math.cos(a / 2))),
    "rz": (1, lambda a: (cmath.exp(-0.5j * a), 0, 0, cmath.exp(0.5j * a))), "p": (1, _phase), "U": (3, _turn),
}
_CONTROLLED = {"cx": ("x", 1), "cy": ("y", 1), "cz": ("z", 1), "ch": ("h", 1), "cp": ("p", 1), "crx": ("rx", 1),
               "cry": ("ry", 1), "crz": ("rz", 1), "ccx": ("x", 2)}
_DEFINED = "gate swap a, b { cx a, b; cx b, a; cx a, b; }"


def _adjoint(m):
    a, b, c, d = (complex(v).conjugate() for v in m)
    return (a, c, b, d)


def _apply(state, matrix, controls, wanted, target):
    """The matrix on the bit `target`, where the bits of `controls` are as in `wanted`."""
    a, b, c, d = matrix
    if b == 0 and c == 0:
        for index, value in state.items():
            if index & controls == wanted:
                state[index] = value * (d if index & target else a)
        return state
    out = {}
    for index, value in state.items():
        if index & controls != wanted:
            out[index] = out.get(index, 0) + value
            continue
        low, high = index & ~target, index | target
        to_low, to_high = (b, d) if index & target else (a, c)
        if to_low:
            out[low] = out.get(low, 0) + to_low * value
        if to_high:
            out[high] = out.get(high, 0) + to_high * value
    return {index: value for index, value in out.items() if abs(value) > 1e-15}


# --- OpenQASM ---------------------------------------------------------------------------------------------------------

_WORD = r"[A-Za-z_]\w*"
_FUNCTIONS = {"sin": math.sin, "cos": math.cos, "tan": math.tan, "exp": math.exp, "ln": math.log, "sqrt": math.sqrt,
              "arccos": math.acos, "arcsin": math.asin, "arctan": math.atan}


def _number(node, names):
    match node:
        case ast.Expression(body=body):
            return _number(body, names)
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, names)
        case ast.BinOp(left=left, op=operator, right=right):
            a, b = _number(left, names), _number(right, names)
            match operator:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
                case ast.Pow():
                    return a**b
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_number(argument, names))
    raise Refusal(f"not an angle: {ast.unparse(node)}")


_CONSTANTS = {"pi": math.pi, "π": math.pi, "tau": math.tau, "euler": math.e}


class Circuit:
    """What a text says, parsed once; state() runs it with values for its parameters."""

    def __init__(self, text):
        self.parameters, self.qubits, self.bits = [], 0, 0
        self._registers, self._gates, self._steps = {}, {}, []
        self.measured = {}  # bit -> qubit
        text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.S)
        self._parsed = {}
        for statement in self._statements(_DEFINED + " " + text):
            self._statement(statement.strip())

    @staticmethod
    def _statements(text):
        """Up to a semicolon, or to the brace that ends a definition."""
        begin = depth = 0
        for at, letter in enumerate(text):
            depth += (letter == "{") - (letter == "}")
            if (letter == ";" and depth == 0) or (letter == "}" and depth == 0):
                yield text[begin:at + (letter == "}")]
                begin = at + 1
        if text[begin:].strip():
            raise Refusal(f"the text ends in the middle of: {text[begin:].strip()[:40]}")

    def _statement(self, text):
        if not text or re.fullmatch(r'OPENQASM\s+[23](\.\d+)?|include\s+"(stdgates|qelib1)\.inc"', text):
            return
        if match := re.fullmatch(rf"input\s+(?:float|angle)(?:\[\d+\])?\s+({_WORD})", text):
            self.parameters.append(match[1])
        elif match := re.fullmatch(rf"(qubit|bit)\s*(?:\[(\d+)\])?\s+({_WORD})", text):
            self._declare(match[1], match[3], int(match[2] or 1))
        elif match := re.fullmatch(rf"(q|c)reg\s+({_WORD})\s*\[(\d+)\]", text):
            self._declare("qubit" if match[1] == "q" else "bit", match[2], int(match[3]))
        elif match := re.fullmatch(rf"gate\s+({_WORD})\s*(?:\(([^)]*)\))?\s*([^{{]*)\{{(.*)\}}", text, flags=re.S):
            body = [self._call(line.strip()) for line in match[4].split(";") if line.strip()]
            self._gates[match[1]] = (self._names(match[2]), self._names(match[3]), body)
        elif text.startswith("barrier"):
            return
        elif match := re.fullmatch(r"(.+?)=\s*measure\s+(.+)", text) or re.fullmatch(r"measure\s+(.+?)->(.+)", text):
            bits, qubits = (match[2], match[1]) if "->" in text else (match[1], match[2])
            bits, qubits = self._operand(bits.strip(), "bit"), self._operand(qubits.strip(), "qubit")
            if len(bits) != len(qubits):
                raise Refusal(f"so many bits for so many qubits: {text}")
            self.measured.update(zip(bits, qubits))
        else:
            name, modifiers, angles, operands = self._call(text)
            operands = [self._operand(operand, "qubit") for operand in operands]
            if any(qubit in self.measured.values() for operand in operands for qubit in operand):
                raise Refusal("a gate after a measurement")
            for at in range(max(map(len, operands))):
                self._step(name, modifiers, angles, [o[at if len(o) > 1 else 0] for o in operands])

    @staticmethod
    def _names(text):
        return [name.strip() for name in (text or "").split(",") if name.strip()]

    def _declare(self, kind, name, size):
        if kind == "qubit":
            self._registers[name] = (kind, range(self.qubits, self.qubits + size))
            self.qubits += size
        else:
            self._registers[name] = (kind, range(self.bits, self.bits + size))
            self.bits += size

    def _operand(self, text, kind):
        match = re.fullmatch(rf"({_WORD})\s*(?:\[(\d+)\])?", text)
        if not match or self._registers.get(match[1], ("",))[0] != kind:
            raise Refusal(f"no {kind}: {text}")
        places = self._registers[match[1]][1]
        return [places[int(match[2])]] if match[2] else list(places)

    def _call(self, text):
        *modifiers, rest = [piece.strip() for piece in text.split("@")]
        match = re.fullmatch(rf"({_WORD})\s*(?:\((.*)\))?\s+([^()]+)", rest, flags=re.S)
        if not match:
            raise Refusal(f"not supported: {text[:60]}")
        angles = [self._angle(angle) for angle in self._split(match[2] or "")]
        return match[1], modifiers, angles, self._names(match[3])

    @staticmethod
    def _split(text):
        """At the commas that are in no parentheses."""
        pieces, depth = [""], 0
        for letter in text:
            depth += (letter == "(") - (letter == ")")
            if letter == "," and depth == 0:
                pieces.append("")
            else:
                pieces[-1] += letter
        return [piece.strip() for piece in pieces if piece.strip()]

    @staticmethod
    def _angle(text):
        try:
            return ast.parse(text, mode="eval")
        except SyntaxError:
            raise Refusal(f"not an angle: {text}") from None

    def _step(self, name, modifiers, angles, qubits):
        controls = wanted = 0
        inverse = False
        for modifier in modifiers:
            match = re.fullmatch(r"(ctrl|negctrl|inv)\s*(?:\((\d+)\))?", modifier)
            if not match:
                raise Refusal(f"not supported: {modifier}")
            if match[1] == "inv":
                inverse = not inverse
                continue
            for qubit in qubits[:int(match[2] or 1)]:
                controls |= 1 << qubit
                wanted |= (match[1] == "ctrl") << qubit
            qubits = qubits[int(match[2] or 1):]
        self._steps.append((name, angles, qubits, controls, wanted, inverse))

    def state(self, values=()):
        if len(values) != len(self.parameters):
            raise Refusal(f"{len(values)} values for {len(self.parameters)} parameters")
        names = {**_CONSTANTS, **dict(zip(self.parameters, values))}
        state = {0: 1.0 + 0j}
        for name, angles, qubits, controls, wanted, inverse in self._steps:
            angles = [_number(angle, names) for angle in angles]
            for matrix, more, more_wanted, target in self._unfolded(name, angles, qubits, inverse):
                state = _apply(state, matrix, controls | more, wanted | more_wanted, 1 << target)
        return state

    def _unfolded(self, name, angles, qubits, inverse):
        """A gate as controlled matrices on one qubit."""
        base, controls = _CONTROLLED.get(name, (name, 0))
        if base in _ONE and name not in self._gates:
            count, matrix_of = _ONE[base]
            if len(angles) != count or len(qubits) != controls + 1:
                raise Refusal(f"{name} with {len(angles)} angles on {len(qubits)} qubits")
            matrix = matrix_of(*angles)
            mask = sum(1 << qubit for qubit in qubits[:controls])
            return [(_adjoint(matrix) if inverse else matrix, mask, mask, qubits[-1])]
        if name not in self._gates:
            raise Refusal(f"unknown gate: {name}")
        parameters, places, body = self._gates[name]
        if len(angles) != len(parameters) or len(qubits) != len(places):
            raise Refusal(f"{name} with {len(angles)} angles on {len(qubits)} qubits")
        names, at = {**_CONSTANTS, **dict(zip(parameters, angles))}, dict(zip(places, qubits))
        steps = []
        for inner, modifiers, inner_angles, operands in body:
            outer, self._steps = self._steps, []
            self._step(inner, modifiers, [], [at[operand] for operand in operands])
            (_, _, rest, mask, wanted, inverted), self._steps = self._steps[0], outer
            values = [_number(angle, names) for angle in inner_angles]
            found = self._unfolded(inner, values, rest, inverted)
            steps += [(matrix, mask | more, wanted | more_wanted, target)
                      for matrix, more, more_wanted, target in found]
        if inverse:
            steps = [(_adjoint(matrix), mask, wanted, target) for matrix, mask, wanted, target in reversed(steps)]
        return steps


# --- what is asked of a state -----------------------------------------------------------------------------------------


class PauliSum:
    """(letters, coefficient) pairs, grouped by where they flip: one pass over the state for each group."""

    def __init__(self, terms):
        self.terms = list(terms)
        self._groups = {}
        self._weights = {}
        for letters, coefficient in self.terms:
            flips, signs, phase = 0, 0, complex(coefficient)
            for qubit, letter in enumerate(letters):
                if letter not in "IXYZ":
                    raise Refusal(f"not a Pauli string: {letters}")
                flips |= (letter in "XY") << qubit
                signs |= (letter in "YZ") << qubit
                phase *= 1j if letter == "Y" else 1
            self._groups.setdefault(flips, []).append((signs, phase))

    def expectation(self, state):
        total = 0
        for flips, members in self._groups.items():
            weights = self._weights.setdefault(flips, {})
            for index, value in state.items():
                partner = state.get(index ^ flips)
                if partner is None:
                    continue
                weight = weights.get(index)
                if weight is None:
                    weight = sum(-p if (index & signs).bit_count() & 1 else p for signs, p in members)
                    weights[index] = weight
                total += partner.conjugate() * weight * value
        return total.real if isinstance(total, complex) else float(total)


def counts(circuit, state, shots, seed):
    """What so many shots read: {bits, the last leftmost: how often}."""
    bits = sorted(circuit.measured.items())
    found = {}
    for index, value in sorted(state.items()):
        read = ["0"] * circuit.bits
        for bit, qubit in bits:
            read[-1 - bit] = str(index >> qubit & 1)
        text = "".join(read)
        found[text] = found.get(text, 0) + abs(value) ** 2
    return collections.Counter(random.Random(seed).choices(list(found), list(found.values()), k=shots))


def measured_expectation(terms, state, shots, draw):
    """As so many shots of each term would give it, with its standard error."""
    total = variance = 0.0
    for letters, coefficient in terms:
        if not letters.strip("I"):
            total += coefficient
            continue
        exact = PauliSum([(letters, 1.0)]).expectation(state)
        up = sum(draw.random() < (1 + exact) / 2 for _ in range(shots))
        mean = 2 * up / shots - 1
        total += coefficient * mean
        variance += coefficient**2 * (1 - mean**2) / shots
    return total, math.sqrt(variance)
