"""The figures for Prometheus."""

from prometheus_client.parser import text_string_to_metric_families

from bridge import metrics
from tests.admin.office import Office, den
from tests.web.serving import application, serving


async def figures(office: Office) -> dict[tuple[str, str], float]:
    """Read all figures, by name and network."""
    app, _ = application(office)
    async with serving(app) as client:
        text = await (await client.get("/metrics")).text()
    return {
        (sample.name, sample.labels.get("network", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_the_status_is_summed_up_by_network() -> None:
    seen = await figures(Office(den()))
    assert seen["tercet_healthy", ""] == 1
    assert (seen["tercet_up", "xmpp"], seen["tercet_up", "libera"]) == (1, 0)
    assert (seen["tercet_backlog", "xmpp"], seen["tercet_backlog", "libera"]) == (0, 3)
    assert 125 <= seen["tercet_backlog_age_seconds", "libera"] < 200
    assert (seen["tercet_rooms", "libera"], seen["tercet_rooms_up", "libera"]) == (1, 0)
    assert seen["tercet_network_puppets", "xmpp"] == 12
    assert seen["process_resident_memory_bytes", ""] > 0


async def test_what_is_counted_is_shown_with_it() -> None:
    before = metrics.quarantined._value.get()
    metrics.quarantined.inc()
    metrics.of("figures").received += 7
    seen = await figures(Office(storage="disk full"))
    assert seen["tercet_events_received_total", "figures"] == 7
    assert seen["tercet_events_quarantined_total", ""] == before + 1
    assert (seen["tercet_healthy", ""], seen["tercet_storage_ok", ""]) == (0, 0)


async def test_strangers_get_no_figures() -> None:
    app, _ = application(Office(), trusted=())
    async with serving(app) as client:
        assert (await client.get("/metrics")).status == 403
