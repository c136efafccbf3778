"""The door to MLflow: finds the store, checks it, opens runs and closes them with the right status."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from relaxnet._version import __version__
from relaxnet.core.environment import environment
from relaxnet.core.errors import TrackingError
from relaxnet.core.notices import notice

from ._environment import ONE_SHORT_TRY, prepare, third_party_warnings_off
from ._places import artifact_location
from ._tags import ERROR, NOTE
from .lineage import git_commit
from .uri import advice, is_remote, one_line, own_database, redacted, sqlite_file, tracking_uri, ui_address
from .views import View, path

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from .logged import LoggedModel
    from .run import Run

Scalar = str | int | float | bool | None


class Tracker:
    """Connection to one experiment of the tracking store; a context manager.

    The store is the one at ``MLFLOW_TRACKING_URI``, else the SQLite file ``mlruns.db`` in the project's ``root`` with
    the artifacts in ``mlartifacts`` beside it, wherever the project was moved or copied to.  The experiment is made if
    it does not exist, and brought back if it is deleted.

    Parameters
    ----------
    folder : Path, optional
        Checkout whose commit the runs get as a tag; by default ``root``.
    profile : str, optional
        Profile of the params, which becomes a tag of every run.
    description : str, optional
        Markdown that the experiment's page shows.
    view : View, optional
        Runs, columns and charts that `Tracker.view_url` shows.
    existing : bool
        Whether the experiment must be there already, and nothing is changed by opening it.

    Raises
    ------
    InvalidInputError
        If ``MLFLOW_TRACKING_URI`` is no address of a store.
    TrackingError
        On entry, within seconds, if the store cannot be used.
    """

    def __init__(
        self,
        root: Path,
        experiment: str,
        *,
        folder: Path | None = None,
        profile: str = "",
        description: str = "",
        view: View | None = None,
        existing: bool = False,
    ) -> None:
        self.root, self.experiment, self.profile = root.resolve(), experiment, profile
        self.folder = folder or self.root
        self._tags = {**({NOTE: description} if description else {}), **(view.tags() if view else {})}
        self.uri = tracking_uri(self.root)
        self._existing = existing
        self.experiment_id = ""
        self._client: MlflowClient | None = None

    @property
    def client(self) -> MlflowClient:
        """The MLflow client, while the tracker is open."""
        if self._client is None:
            raise TrackingError("the tracker is not open: use it in a with statement")
        return self._client

    def __enter__(self) -> Self:
        prepare()  # before MLflow is imported: it reads its switches then
        from ._store import open_store

        file = sqlite_file(self.uri)
        if self._existing and file is not None and not file.exists():
            raise TrackingError(f"MLflow store {file}: no such file; the pipeline makes it")
        with environment(ONE_SHORT_TRY), third_party_warnings_off():
            self._client = open_store(self.uri, self.root)
            try:
                if self._existing:
                    self.experiment_id = self._find_existing(self._client)
                    return self
                self.experiment_id = self._find_experiment(self._client)
                noted = self._client.get_experiment(self.experiment_id).tags
                for key, text in self._tags.items():
                    if noted.get(key) != text:
                        self._client.set_experiment_tag(self.experiment_id, key, text)
            except TrackingError:
                raise
            except Exception as error:
                where = redacted(self.uri)
                raise TrackingError(f"MLflow store {where}: {one_line(error)}; {advice(self.uri)}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._client = None

    def _find_existing(self, client: MlflowClient) -> str:
        found = client.get_experiment_by_name(self.experiment)
        if found is None:
            raise TrackingError(f"MLflow store {redacted(self.uri)}: has no experiment {self.experiment}")
        if found.lifecycle_stage != "active":
            raise TrackingError(
                f"MLflow store {redacted(self.uri)}: the experiment {self.experiment} is deleted; to bring it back, "
                f"in {self.root}: python -m relaxnet.tracking.restore {shlex.quote(self.experiment)}"
            )
        return str(found.experiment_id)

    def _find_experiment(self, client: MlflowClient) -> str:
        from mlflow.exceptions import MlflowException

        found = client.get_experiment_by_name(self.experiment)
        if found is None:
            file = sqlite_file(self.uri) or own_database(self.root)
            location = None if is_remote(self.uri) else artifact_location(file)
            # the kind lets the MLflow UI open on the training runs
            tags = {"mlflow.experimentKind": "custom_model_development", **self._tags}
            try:
                return str(client.create_experiment(self.experiment, artifact_location=location, tags=tags))
            except MlflowException:
                found = client.get_experiment_by_name(self.experiment)
                if found is None:  # not even made by another process meanwhile
                    raise
        if found.lifecycle_stage != "active":
            client.restore_experiment(found.experiment_id)  # MLflow refuses a second one of its name
            notice(f"the MLflow experiment {self.experiment} was deleted: it is restored, with its runs")
        return str(found.experiment_id)

    def run_url(self, run_id: str) -> str:
        """Address of a run in the MLflow UI: on the server, or on the one that ``make ui`` starts for a local store."""
        return f"{ui_address(self.uri)}/#/experiments/{self.experiment_id}/runs/{run_id}"

    def view_url(self, *, charts: bool = False) -> str:
        """Address of the view in the MLflow UI, see `run_url`; as a table, or as charts of the headline metrics."""
        return f"{ui_address(self.uri)}/#/{path(self.experiment_id, charts=charts)}"

    @contextmanager
    def run(
        self,
        name: str,
        *,
        params: Mapping[str, Scalar] | None = None,
        tags: Mapping[str, str] | None = None,
        parent_run_id: str | None = None,
        run_id: str | None = None,
        seconds_ago: float = 0.0,
        regular_ends: tuple[type[Exception], ...] = (),
    ) -> Iterator[Run]:
        """Open a run, close it as FINISHED, FAILED (an exception) or KILLED (Ctrl-C).

        Its duration is what the run says (`Run.lasted`), else the time from its beginning to its end.

        Parameters
        ----------
        params : mapping, optional
            What the result depends on.
        tags : mapping, optional
            Of a new run, beside those of every one: commit, DVC stage and experiment, profile and version.
        run_id : str, optional
            An unfinished run to continue instead of a new one; parameters it already has must be the same.  It keeps
            its tags.
        seconds_ago : float
            How long ago the work of a new run began.
        regular_ends : tuple of exception types
            Exceptions that leave the run FINISHED, such as a pruned trial; they pass on like the others.
        """
        from ._store import translated
        from .run import Run

        client = self.client
        with translated(self.uri, f"open run {name}"):
            if run_id is None:
                parent = {"mlflow.parentRunId": parent_run_id} if parent_run_id else {}
                labels = {**self._standard_tags(), **(tags or {}), **parent}
                labels = {key: value for key, value in labels.items() if value}  # an empty one stands for none
                begun_ms = int((time.time() - seconds_ago) * 1000)
                made = client.create_run(self.experiment_id, start_time=begun_ms, tags=labels, run_name=name)
                run_id = str(made.info.run_id)
            else:
                if ERROR in client.get_run(run_id).data.tags:
                    client.delete_tag(run_id, ERROR)
                for model in client.search_logged_models([self.experiment_id], f"source_run_id = '{run_id}'"):
                    client.delete_logged_model(model.model_id)  # of the attempt that did not finish
                client.update_run(run_id, status="RUNNING", name=name)
        run = Run(client, self.uri, self.experiment_id, run_id, {})
        try:
            run.log_params(params or {})
            yield run
        except regular_ends:
            self._close(client, run_id, "FINISHED")
            raise
        except Exception as error:
            self._close(client, run_id, "FAILED", f"{type(error).__name__}: {one_line(error)}")
            raise
        except BaseException:
            self._close(client, run_id, "KILLED")
            raise
        with translated(self.uri, f"close run {name}"):
            client.set_terminated(run_id, status="FINISHED", end_time=run.end_ms())

    def join(self, run_id: str) -> Run:
        """Open a run that has ended, to add to it: whatever happens, its status stays."""
        from .run import Run

        return Run(self.client, self.uri, self.experiment_id, run_id, {})

    def status(self, run_id: str) -> str | None:
        """Status of a run; None if the experiment has no such run."""
        from ._store import translated
        from .logged import find_run

        with translated(self.uri, f"find run {run_id}"):
            run = find_run(self.client, self.experiment_id, run_id)
        return str(run.info.status) if run else None

    def end_dead(self, run_id: str) -> None:
        """Close a run as KILLED whose process is gone without a word; one that has ended stays as it is."""
        from ._store import translated

        if self.status(run_id) == "RUNNING":
            with translated(self.uri, f"close run {run_id}"):
                self.client.set_terminated(run_id, status="KILLED")

    def find_logged(self, run_id: str) -> LoggedModel | None:
        """Model that a run logged, or the run that took its place (tag `RELOGGED`), if all of it is in the store."""
        from ._store import translated
        from .logged import find_logged

        with translated(self.uri, f"find the model of run {run_id}"):
            return find_logged(self.client, self.experiment_id, run_id)

    @staticmethod
    def _close(client: MlflowClient, run_id: str, status: str, reason: str = "") -> None:
        with suppress(Exception):  # the first error is the one to report
            if reason:
                client.set_tag(run_id, ERROR, reason)
            client.set_terminated(run_id, status=status)

    def _standard_tags(self) -> dict[str, str]:
        commit = git_commit(self.folder)
        stage = os.environ.get("DVC_STAGE")
        tags = {
            "relaxnet.version": __version__,
            "profile": self.profile,
            "git.commit": commit,
            "mlflow.source.git.commit": commit.removesuffix("-dirty") if commit else None,
            "mlflow.source.name": f"dvc stage {stage}" if stage else "relaxnet",
            "dvc.stage": stage,
            "dvc.exp": os.environ.get("DVC_EXP_NAME"),
        }
        return {key: value for key, value in tags.items() if value}

    @contextmanager
    def calls(self, doing: str) -> Iterator[MlflowClient]:
        """Yield the client for calls that have no method here; errors become `TrackingError`: "cannot <doing>"."""
        from ._store import translated

        # the store of MLflow's global state as well, which some of its calls ask
        with translated(self.uri, doing), environment({"MLFLOW_TRACKING_URI": self.uri}):
            yield self.client

    def fetch_artifacts(self, run_id: str, artifact_folder: str, place: Path) -> Path | None:
        """Copy a folder of a run's artifacts into ``place``, and return it; None if the run has none of the name."""
        from mlflow import artifacts

        with self.calls(f"read {artifact_folder} of run {run_id}") as client:
            if not client.list_artifacts(run_id, artifact_folder):
                return None
            found = artifacts.download_artifacts(
                run_id=run_id, artifact_path=artifact_folder, dst_path=str(place), tracking_uri=self.uri
            )
        return Path(found)

    def load_model(self, model_uri: str) -> Any:
        """Keras model behind ``models:/<model_id>``; the modules that define its layers must be imported.

        One that the store has not is a `TrackingError`, one that Keras cannot load a `DataFileError`.
        """
        from ._store import translated
        from .models import fetch_model

        with translated(self.uri, f"read {model_uri}"):
            return fetch_model(self.client, self.uri, model_uri)
