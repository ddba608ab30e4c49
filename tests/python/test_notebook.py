"""The notebook runs from its first cell to its last, and draws its five figures."""

import nbformat
from conftest import ROOT
from nbclient import NotebookClient


def test_the_notebook_draws_five_figures(tmp_path, monkeypatch):
    # Figures are drawn into the notebook, wherever tests draw theirs.
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setenv("AGORA_TICKS", "6")
    monkeypatch.setenv("AGORA_OUT", str(tmp_path / "runs"))
    notebook = nbformat.read(ROOT / "examples/notebook.ipynb", as_version=4)
    check = "assert len(compared) > 40 and grid.notna().all(axis=None) and len(table) == 4, 'what is drawn is there'"
    notebook.cells.append(nbformat.v4.new_code_cell(check))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT / "examples")}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    figures = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    assert len(figures) == 5 and len(set(figures)) == 5
    assert not [output for output in outputs if output.get("name") == "stderr"], "nothing is warned of"
