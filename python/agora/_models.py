"""Adapters as models of peft."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ._errors import AgoraError, MissingPackage
from ._runs import Run


def peft(run: Run[Any] | str | os.PathLike[str], agent: str, base: Any = None, **options: Any) -> Any:
    """The model of ``agent``: the base with its adapter, as ``peft`` opens it.

    ``run`` is a run or its folder. ``base`` is a model of transformers, or where ``transformers`` finds one; by
    default the Hub's repository that the adapter names. ``options`` are handed on to ``from_pretrained``.
    """
    folder = run.adapter(agent) if isinstance(run, Run) else Path(run) / "adapters" / agent
    config = folder / "adapter_config.json"
    if not config.is_file():
        raise AgoraError(f"{folder} is no adapter: there is no {config.name} in it")
    named = json.loads(config.read_text(encoding="utf-8"))["base_model_name_or_path"]
    if base is None and "/" not in named:
        raise AgoraError(
            f"the adapter was trained on {named!r}, which no hub holds; name its weights with base=, a model or a folder "
            "of transformers"
        )
    try:
        from peft import PeftModel
        from transformers import AutoModelForCausalLM
    except ImportError as error:
        raise MissingPackage("peft and transformers", "peft", "an adapter as a model") from error
    if base is None or isinstance(base, (str, os.PathLike)):
        base = AutoModelForCausalLM.from_pretrained(base or named, **options)
        options = {}
    return PeftModel.from_pretrained(base, str(folder), **options)
