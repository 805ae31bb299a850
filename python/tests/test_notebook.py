"""Runs the notebook's cells, those left out that need a package which is not installed."""

import importlib.util
import json
import os
import unittest
from pathlib import Path

folder = os.environ.get("REJUVENATION_CASES")
notebook = Path(__file__).parents[2] / "docs" / "records.ipynb"


@unittest.skipUnless(folder, "REJUVENATION_CASES names no folder of cases")
class Notebook(unittest.TestCase):
    def test_every_cell_runs(self) -> None:
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(Path(folder or "") / "bf16")
        names: dict = {"__name__": "__main__"}
        ran = 0
        for cell in json.loads(notebook.read_text())["cells"]:
            needed = [tag for tag in cell["metadata"].get("tags", []) if importlib.util.find_spec(tag) is None]
            if cell["cell_type"] != "code" or needed:
                continue
            self.assertEqual(
                (cell["outputs"], cell["execution_count"]), ([], None), "outputs are kept out of the notebook"
            )
            exec(compile("".join(cell["source"]), notebook.name, "exec"), names)
            ran += 1
        self.assertGreaterEqual(ran, 4)


if __name__ == "__main__":
    unittest.main()
