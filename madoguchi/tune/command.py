"""`madoguchi tune`: from the company's own questions and answers to the method that answers them best."""

from __future__ import annotations

import typer

from madoguchi.tune import (
    checking,
    comparing,
    preparing,
    promoting,
    prompting,
    registering,
    training,
    transferring,
)

tune = typer.Typer(help="Make and check training data, tune, and compare what answers best.", no_args_is_help=True)

for command in (  # in the order in which they are wanted
    preparing.dataset,
    checking.check,
    training.submit,
    training.status,
    training.cancel,
    training.probe,
    registering.register,
    registering.serve,
    registering.merge,
    transferring.transfer,
    prompting.prompt,
    comparing.compare,
    promoting.promote,
    promoting.rollback,
):
    tune.command()(command)
