"""Tiny notebooks with the contract of the real ones, for tests of the runner.

What a division does is in its name: `Boom` fails in 03_train, `Hang` sleeps in it, `Dead` kills
its kernel in it. Everything written depends on the input alone, so runs can be compared.
"""

from functools import cache

import nbformat
import polars as pl
import reported

from gosales_lib.core.columns import WHITESPACE
from gosales_lib.reports.base import SCHEMA_VERSION, VERSION

HEAD = {
    "01_etl": 'layout: str = ""\ndata_dir: str = ""\nholdout_dir: str = ""',
    "02_features": 'division: str = "A"\ncutoff: str = "2024-12-31"\nwindow_months: int = 6\n'
    'engine: str = "polars"',
    "02b_pooled": 'cutoff: str = "2024-12-31"\nwindow_months: int = 6\nseed: int = 17\n'
    "threads: int = 1",
    "03_train": 'division: str = "A"\ncutoff: str = "2024-12-31"\nwindow_months: int = 6\n'
    "seed: int = 17\nthreads: int = 1",
    "04_score": 'division: str = "A"\ncutoff: str = "2024-12-31"\nwindow_months: int = 6',
    "05_holdout": 'division: str = "A"\ncutoff: str = "2024-12-31"\nwindow_months: int = 6\n'
    "max_missing_days: int = -1",
    "06_whitespace": 'cutoff: str = "2024-12-31"\nwindow_months: int = 6\ntop_n: int = 10',
}

READ = """from pathlib import Path
import os, time
import polars as pl
from gosales_lib import layout as layouts, run_folders
from gosales_lib.run_folders.artifacts import write_json
run = run_folders.open_run(run_dir)"""

AT = "\nfolder = run.at(division, cutoff)"

BODY = {
    "01_etl": """rows = sorted(Path(run_folders.settings.resolve(data_dir)).glob("*.csv"))
sales = pl.concat([pl.read_csv(path) for path in rows]).with_columns(gross_profit=pl.lit(1.0))
run.write("fact_transactions", sales)
run.save_layout(layouts.load(layout))
write_json(run.path / "01_etl.json", REPORT)""",
    "02_features": """sales = run.read("fact_transactions")
mine = sales.filter(pl.col("division") == division)
folder.write("features", mine.group_by("customer_id").len().sort("customer_id"))
write_json(folder.path / "02_features.json", REPORT | {"rows": mine.height})""",
    "02b_pooled": """folder = run.pooled(cutoff)
features = sorted(run.path.glob(f"*/{cutoff}/features.parquet"))
folder.write("pooled", pl.concat([pl.read_parquet(path) for path in features]))
write_json(folder.path / "02b_pooled.json", REPORT | {"features": len(features)})""",
    "03_train": """features = folder.read("features")
if division == "Boom": raise ValueError("no label for Boom")
if division == "Hang": time.sleep(60)
if division == "Dead": os.kill(os.getpid(), 9)
with folder.writing("model/model.joblib") as path: path.write_bytes(str(features.rows()).encode())
write_json(folder.path / "03_train.json", REPORT | {"customers": features.height})""",
    "04_score": """folder.find("model/model.joblib")
folder.write("scores", folder.read("features").with_columns(probability=pl.col("len") / 10))
write_json(folder.path / "04_score.json", REPORT)""",
    "05_holdout": """folder.read("scores")
write_json(folder.path / "05_holdout.json", REPORT)""",
    "06_whitespace": """folder = run.whitespace(cutoff)
scored = sorted(run.path.glob(f"*/{cutoff}/scores.parquet"))
folder.write("whitespace", pl.concat([pl.read_parquet(path) for path in scored]))
write_json(folder.path / "06_whitespace.json", REPORT | {"offers": len(scored)})""",
}

SALES = """customer_id,division,order_day
a,A,20000
a,B,20001
b,A,20002
c,Boom,20003
c,Hang,20003
c,Dead,20088
"""
SALES += "".join(f"z,Z,{day}\n" for day in range(19400, 20088, 7))
"""The other divisions sold all along, so that there are windows to train on."""


LAYOUT = """name: toy
shape: long
columns: {customer_id: customer_id, order_date: order_day, invoice: customer_id,
          product: division, quantity: order_day, gross_profit: order_day}
divisions: [A, B, Boom, Hang, Dead]
"""


def write(folder):
    """Write the notebooks, a layout and a sales log; return (notebooks, layout, data, holdout)."""
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True)
    for step in HEAD:
        nbformat.write(notebook(step), notebooks / f"{step}.ipynb")
    (folder / "toy.yaml").write_text(LAYOUT)
    for name in ("data", "holdout"):
        (folder / name).mkdir()
    (folder / "data" / "log.csv").write_text(SALES)
    return notebooks, folder / "toy.yaml", folder / "data", folder / "holdout"


@cache
def report(step):
    """Return the fields of a step's report as the real functions make them, for a literal."""
    nothing = pl.DataFrame(schema=WHITESPACE)
    made = {
        "01_etl": reported.etl,
        "02_features": reported.features,
        "02b_pooled": reported.pooled,
        "03_train": lambda: reported.training("A"),
        "04_score": lambda: reported.scores("A"),
        "05_holdout": lambda: reported.later(False),
        "06_whitespace": lambda: reported.whitespace(nothing, ("A", "B"), checked=False),
    }[step]()
    return {VERSION: SCHEMA_VERSION} | made.fields()


def notebook(step, body=None):
    """Return one of the notebooks, with another body where one is given."""
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    parameters = code(f'{HEAD[step]}\nrun_dir: str = "runs/scratch"')
    parameters.metadata["tags"] = ["parameters"]
    at = AT if step in ("02_features", "03_train", "04_score", "05_holdout") else ""
    build = code(f"REPORT = {report(step)}\n{body or BODY[step]}")
    cells = [
        text(f"# {step}"),
        parameters,
        text("## Read"),
        code(READ + at),
        text("## Build"),
        build,
    ]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    for number, cell in enumerate(made.cells):
        cell["id"] = f"{step}-{number}"
    return made


def main(runs_dir, request):
    """Begin a run and work on it, as `gosales run` does, for tests that kill it."""
    import json
    import sys
    from pathlib import Path

    from gosales_lib import run_folders
    from gosales_lib.batch import runner
    from gosales_lib.batch.request import How, Request

    asked = Request.of(json.loads(Path(request).read_text()))
    how = How(jobs=2, libraries=("polars",))
    state = runner.Batch(run_folders.create(runs_dir, {}), asked, how).execute()
    sys.exit({"done": 0, "interrupted": 130}.get(state, 1))


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:])
