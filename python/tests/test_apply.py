"""What `apply` makes of a pair, against the checkpoints that the program committed."""

import json
import os
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

import rejuvenation_record as rr
from rejuvenation_record.dtypes import narrow, widen

folder = os.environ.get("REJUVENATION_CASES")


def bits(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array).tobytes()


@unittest.skipUnless(folder, "REJUVENATION_CASES names no folder of cases")
class Applied(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(folder or "")
        self.cases = json.loads((self.folder / "cases.json").read_text())

    def sides(self, name: str):
        place = self.folder / name
        record = rr.open_run(place / "run.rejuvenation.json")
        both = [dict(Shards(place / side)) for side in ("base", "sft")]
        return record, *both, Shards(place / "out")

    def check(self, case: dict, wrap=lambda array: array, unwrap=lambda array: array) -> None:
        record, base, sft, out = self.sides(case["name"])
        wrapped = [{name: wrap(array) for name, array in side.items()} for side in (base, sft)]
        made = rr.apply(record, *wrapped, case["alpha"], case["rho"], case.get("dtype"))
        self.assertEqual(set(made), set(out))
        for name, expected in out.items():
            with self.subTest(case=case["name"], tensor=name):
                array = unwrap(made[name])
                self.assertEqual((array.dtype, array.shape), (expected.dtype, expected.shape))
                self.assertEqual(bits(array), bits(expected))

    def test_same_bits_as_committed(self) -> None:
        self.assertGreater(len(self.cases), 10)
        for case in self.cases:
            self.check(case)

    def test_same_bits_in_small_chunks(self) -> None:
        with mock.patch("rejuvenation_record.apply._chunk", 7):
            for case in self.cases:
                self.check(case)

    def test_torch_tensors(self) -> None:
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")

        def wrap(array: np.ndarray):
            array = np.array(array)
            bf16 = array.dtype == np.uint16
            return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16) if bf16 else torch.from_numpy(array)

        def unwrap(tensor) -> np.ndarray:
            bf16 = tensor.dtype == torch.bfloat16
            return tensor.view(torch.int16).numpy().view(np.uint16) if bf16 else tensor.numpy()

        for case in self.cases:
            self.check(case, wrap, unwrap)

    def test_wrapped_names_stay(self) -> None:
        record, base, sft, out = self.sides("bf16")
        wrapped = {f"_orig_mod.module.{name}": array for name, array in sft.items()}
        made = rr.apply(record, base, wrapped, 0.5, 0.09)
        for name, expected in out.items():
            self.assertEqual(bits(made[f"_orig_mod.module.{name}"]), bits(expected))

    def test_inputs_stay(self) -> None:
        record, base, sft, _ = self.sides("f32")
        before = [{name: bits(array) for name, array in side.items()} for side in (base, sft)]
        rr.apply(record, base, sft)
        self.assertEqual(before, [{name: bits(array) for name, array in side.items()} for side in (base, sft)])

    def test_refused(self) -> None:
        record, base, sft, _ = self.sides("bf16")
        name = "model.layers.0.self_attn.q_proj.weight"
        without = {key: value for key, value in sft.items() if key != name}
        cases = [
            ("not among the SFT's tensors", base, without, {}),
            ("not in the base", {k: v for k, v in base.items() if k != name}, sft, {}),
            ("has the shape", {**base, name: base[name][:1]}, sft, {}),
            ("in the record's run", {**base, name: base[name].T[:3]}, {**sft, name: sft[name].T[:3]}, {}),
            ("float64", {**base, name: base[name].astype(np.float64)}, sft, {}),
            ("is in the base but not", {**base, "model.other.weight": base[name]}, sft, {}),
            ("rho-max", base, sft, {"rho": 0.5}),
            ("rho is -1", base, sft, {"rho": -1}),
            ("alpha is 2", base, sft, {"alpha": 2}),
            ("alpha is nan", base, sft, {"alpha": float("nan")}),
            ("dtype is", base, sft, {"dtype": "I8"}),
        ]
        for words, one, other, options in cases:
            with self.subTest(words), self.assertRaisesRegex(rr.RecordError, words):
                rr.apply(record, one, other, **options)


class Shards(rr.CheckpointTensors):
    """Files of any names: the cases have one each."""

    def __init__(self, place: Path) -> None:
        self._tensors = {}
        self._read_header(place / "model-0.safetensors")


class Rounding(unittest.TestCase):
    def test_halves_come_back(self) -> None:
        every = np.arange(1 << 16, dtype=np.uint16)
        for dtype, array in (("BF16", every), ("F16", every.view(np.float16))):
            back = narrow(widen(array, dtype), dtype)
            number = ~np.isnan(widen(array, dtype))
            self.assertTrue(np.array_equal(back.view(np.uint16)[number], every[number]))
            self.assertEqual(set(back.view(np.uint16)[~number]), {0x7FC0 if dtype == "BF16" else 0x7E00})

    def test_ties_go_to_even(self) -> None:
        cases = [
            (0x3F808000, 0x3F80),
            (0x3F818000, 0x3F82),
            (0x7F7FFFFF, 0x7F80),
            (0x80008000, 0x8000),
            (0x00018000, 0x0002),
        ]
        for given, expected in cases:
            value = np.array([given], np.uint32).view(np.float32)
            self.assertEqual(narrow(value, "BF16")[0], expected)


if __name__ == "__main__":
    unittest.main()
