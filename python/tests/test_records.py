"""Opening records: what they tell, and what is said of those that are damaged or hostile."""

import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path

import numpy as np

import rejuvenation_record as rr
from rejuvenation_record.reading import NEWEST

folder = os.environ.get("REJUVENATION_CASES")


@unittest.skipUnless(folder, "REJUVENATION_CASES names no folder of cases")
class Records(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        for source in (Path(folder or "") / "bf16", Path(folder or "")):
            for path in source.iterdir():
                if path.is_file():
                    shutil.copy(path, self.folder)
        self.path = self.folder / "run.rejuvenation.json"

    def edit(self, path: Path, change) -> None:
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value))

    def refused(self, path: Path, words: str) -> None:
        with self.assertRaises(rr.RecordError) as caught:
            rr.open_record(path)
        self.assertIn(words, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def test_versions_of_today_are_read(self) -> None:
        versions = json.loads((self.folder / "versions.json").read_text())
        self.assertEqual(len(versions), 4)
        self.assertEqual({name: NEWEST[name] for name in versions}, versions)

    def test_run(self) -> None:
        record = rr.open_run(self.path)
        self.assertEqual((record.settings.alpha, record.settings.rho), (0.5, 0.02))
        self.assertEqual(record.reset_ratios().shape, (2, 7))
        self.assertAlmostEqual(record.reset_ratio(), 2 / record.neuron_count)
        neurons = record.neurons()
        self.assertEqual(neurons.rows, record.neuron_count)
        self.assertEqual(int(np.sum((neurons["best_rank"] >= 0) & (neurons["best_rank"] < 1))), 2)
        self.assertEqual(record.reset_neurons(record.modules[0]).tolist(), [1])
        tokens = record.tokens()
        self.assertEqual(tokens["token"].tolist(), [3, 4, 5, 7, 8])
        self.assertEqual(tokens["row"].tolist(), [1, 2, 3, 0, 1])
        self.assertEqual(tokens["target"].tolist(), [True, False, True, True, True])
        self.assertEqual(tokens["sft.entropy"].tolist(), [0.5] * 5)
        self.assertEqual(record.means()["nll"].tolist(), [1.25] * 4)
        self.assertEqual(record.budget(0), 0)

    def test_run_that_keeps_what_pushes_each_target(self) -> None:
        record = rr.open_run(Path(folder or "") / "f16" / "run.rejuvenation.json")
        terms = record.arrays["targets.terms"]
        self.assertEqual(terms.shape, (4, 6))
        self.assertEqual(terms.sum(axis=1).tolist(), record.arrays["targets.reconstructed_logit"].tolist())
        self.assertEqual(record.arrays["targets.top_neurons"].shape, (4, 1))

    def test_run_of_version_1(self) -> None:
        def old(value):
            value["version"] = 1
            for sample in value["samples"]:
                sample["promptLength"] = sample.pop("responses")[0]["start"]

        self.edit(self.path, old)
        self.assertEqual(rr.open_run(self.path).samples[0].responses, ((2, 5),))

    def test_comparison(self) -> None:
        record = rr.open_comparison(self.folder / "tiny.comparison.json")
        table = record.differences()
        self.assertEqual(table.rows, 6)
        self.assertEqual(table["norm"].tolist(), [3, 1.5, 6, 3, 9, 4.5])
        self.assertTrue(np.isnan(table["excess_kurtosis"]).all())
        self.assertEqual(record.profile(2, 0, "map").shape, (3, 4))
        self.assertEqual(record.profile(0, 1, "column_norms").tolist(), [0, 1 / 16, 2 / 16, 3 / 16])
        self.assertEqual(record.measure(1, "top_ids").shape, (5, 2))
        for bad in ((9, 0, "map"), (0, 0, "../x")):
            with self.assertRaises(rr.RecordError):
                record.profile(*bad)

    def test_readiness(self) -> None:
        record = rr.open_readiness(self.folder / "tiny.readiness.json")
        self.assertEqual([row.name for row in record.rows], ["base", "sft"])
        self.assertEqual(record.rows[1].sampled[0].dead_groups[8].value, 0.5)
        self.assertEqual(record.sampled()["pass_at_k"].tolist(), [0.5, 0.5])
        self.assertEqual(record.pass_at_k().rows, 4)

    def test_sweep(self) -> None:
        record = rr.open_sweep(self.folder / "tiny.sweep.json")
        table = record.table()
        self.assertEqual(table["alpha"].tolist(), [0.4] + [0.5] * 6)
        self.assertEqual(table["rho"].tolist(), [0, 0, 0.01, 0.02, 0.01, 0.01, 0.01])
        kinds = ["none", "none", "attribution", "attribution", "drift", "random", "attribution"]
        self.assertEqual(table["selection"].tolist(), kinds)
        self.assertEqual([point.seed for point in record.points], [None] * 5 + [0, None])
        self.assertEqual([point.anchor for point in record.points], [None] * 6 + [0])
        self.assertEqual(table["neurons"].tolist(), [0, 0, 10, 20, 10, 10, 10])
        self.assertEqual(table["target_entropy"].tolist(), [1, 0.8, 1.5, 1.9, 1.2, 1.1, 0.7])
        self.assertEqual([point.pass_at_k for point in record.points], [None, None, 0.5, None, None, None, None])
        self.assertTrue(np.isnan(table["pass_at_1"][0]) and table["pass_at_1"][2] == 0.25)

    def test_frames(self) -> None:
        try:
            import pandas  # noqa: F401
        except ImportError:
            self.skipTest("pandas is not installed")
        frame = rr.open_run(self.path).neurons().frame()
        self.assertEqual(frame.groupby("layer").size().tolist(), [30, 30])
        self.assertEqual(rr.open_sweep(self.folder / "tiny.sweep.json").table().frame().shape, (7, 14))

    def test_inputs_are_checked(self) -> None:
        record = rr.open_run(self.path)
        with self.assertRaisesRegex(rr.RecordError, "cannot be read"):
            record.check_inputs(base=self.folder, sft=self.folder)
        (self.folder / "model.safetensors").write_bytes(b"other")
        with self.assertRaisesRegex(rr.RecordError, "is not the file"):
            record.check_inputs(base=self.folder, sft=self.folder)

        def leading_out(value):
            value["inputs"]["base"]["files"][0]["name"] = "../x.safetensors"

        self.edit(self.path, leading_out)
        with self.assertRaisesRegex(rr.RecordError, "no file of"):
            rr.open_run(self.path).check_inputs(base=self.folder, sft=self.folder)

    def test_arrays_missing(self) -> None:
        (self.folder / "run.rejuvenation.safetensors").unlink()
        self.refused(self.path, "is missing: keep both files side by side")

    def test_arrays_of_another_hash(self) -> None:
        path = self.folder / "run.rejuvenation.safetensors"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        self.refused(self.path, "SHA-256 differs")

    def test_arrays_elsewhere(self) -> None:
        for name in ("../run.rejuvenation.safetensors", "/etc/passwd", "other.safetensors", 7, "a\nb"):
            self.edit(self.path, lambda value: value["arrays"].update(file=name))
            self.refused(self.path, "is no text" if name == 7 else "must keep their names")

    def test_unknown_versions(self) -> None:
        newer = "update rejuvenation-record"
        for version, words in (
            (4, newer),
            (10**30, newer),
            (0, "version"),
            ("2", "version"),
            (None, "version"),
            (True, "version"),
        ):
            self.edit(self.path, lambda value: value.update(version=version))
            self.refused(self.path, "version" if version == 10**30 else words)

    def test_other_kinds(self) -> None:
        self.edit(self.path, lambda value: value.update(schema="rejuvenation-sweep"))
        self.refused(self.path, "is not a run record")
        self.refused(self.folder / "cases.json", "is no record")
        self.refused(self.folder / "none.sweep.json", "is missing")

    def test_no_json(self) -> None:
        for text in (
            "",
            "[]",
            "[" * 100_000,
            '{"a": NaN}',
            '{"version": 2, "version": 9}',
            "\ud800".encode("utf-8", "surrogatepass"),
            "{",
        ):
            data = text if isinstance(text, bytes) else text.encode()
            self.path.write_bytes(data)
            self.refused(self.path, "run.rejuvenation.json")

    def test_fields_that_cannot_be(self) -> None:
        changes = [
            ("settings.rho", lambda v: v["settings"].update(rho=2)),
            ("samples.1", lambda v: v["samples"][1].update(firstRow=2)),
            ("samples.0", lambda v: v["samples"][0].update(responses=[{"start": 0, "end": 3}])),
            ("samples.0", lambda v: v["samples"][0].update(responses=[{"start": 2, "end": 10**15}], rows=10**15 - 2)),
            ("architecture.layers", lambda v: v["architecture"].update(layers=10**9)),
            ("architecture.hiddenSize", lambda v: v["architecture"].update(hiddenSize="4")),
            ("the array", lambda v: v["architecture"].update(intermediateSize=7)),
            ("lacks the array", lambda v: v["architecture"].update(layers=3)),
            ("neurons.total", lambda v: v["neurons"].update(total=53)),
            ("reset.neurons", lambda v: v["reset"].update(neurons=3)),
            ("measurements.0", lambda v: v["measurements"].__setitem__(0, [])),
        ]
        whole = self.path.read_text()
        for words, change in changes:
            with self.subTest(words):
                self.path.write_text(whole)
                self.edit(self.path, change)
                self.refused(self.path, words)

    def test_halves_of_two_comparisons(self) -> None:
        path = self.folder / "tiny.comparison.json"
        self.edit(path, lambda value: value["arrays"].update(id="another"))
        self.refused(path, "do not belong together")


if __name__ == "__main__":
    unittest.main()
