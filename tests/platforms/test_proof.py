"""A proof with each request to an app that asks for one: sent to the platform alone, and kept nowhere."""

from __future__ import annotations

from pathlib import Path

from archiver.model import Cause
from tests.platforms.facebook import Facebook
from tests.platforms.world import Servers, staged
from tests.secret_scan import leaks

SECRET = "0123456789abcdef-secret-of-the-app"


def test_the_proof_goes_to_the_platform_with_each_request_and_is_nowhere_on_disk(
    servers: Servers, tmp_path: Path
) -> None:
    """Nor is the app's secret, nor the token; the server of files sees none of them."""
    site = Facebook(servers.platform.url, servers.files.url, app_secret=SECRET)
    with staged(tmp_path / "archive", servers, site) as stage:
        assert stage.finish(stage.id).finished
        told = {asked.query.get("appsecret_proof") for asked in servers.asked if "/v26.0/" in asked.path}
        assert told == {site.proof}
        assert {asked.query.get("appsecret_proof") for asked in servers.asked if asked.path.startswith("/a/")} == {None}
        assert (stage.kept(), stage.gaps()) == (stage.truth(), [])
        stage.close()
        assert leaks(stage.archive.directory, (SECRET, site.proof, site.valid)) == ()


def test_a_token_without_the_proof_that_is_asked_for_is_a_refused_credential(servers: Servers, tmp_path: Path) -> None:
    """The token is good, and the platform does not take it alone."""
    site = Facebook(servers.platform.url, servers.files.url, app_secret=SECRET)
    with staged(tmp_path / "archive", servers, site) as stage:
        stage.secret.write_text(site.valid)
        for _ in range(3):
            stage.later(account=stage.id)
        assert {gap[2] for gap in stage.gaps(standing=True)} == {Cause.AUTH.value}
