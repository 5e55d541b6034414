"""GET /metrics by the parser of Prometheus' own client library, after the traffic that real clients make."""
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from lib import client

client.announce("prometheus-client")


def scrape():
    """All families, as the library gives them."""
    with urllib.request.urlopen(client.URL + "/metrics", timeout=client.SECONDS_MAX) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"), answer.headers
        return list(text_string_to_metric_families(answer.read().decode("utf-8")))


def value(families, name, **labels):
    found = [sample.value for family in families for sample in family.samples
             if sample.name == name and sample.labels == labels]
    assert len(found) == 1, (name, labels, found)
    return found[0]


@client.step("the page of a new server is read whole")
def _():
    families = scrape()
    assert len(families) > 10 and len({family.name for family in families}) == len(families)
    for family in families:
        assert family.name.startswith("tunemock_") and family.documentation, family
        assert family.type in ("counter", "gauge", "histogram"), family
    assert value(families, "tunemock_namespaces") == 1


@client.step("what a client does is counted by method and status")
def _():
    model = client.trained_model("for metrics")
    for _ in range(3):
        client.rest("POST", f"/v1beta/{model}:generateContent", {"contents": [{"parts": [{"text": "1"}]}]})
    families = scrape()
    assert value(families, "tunemock_requests_total", method="tunedModels.create", code="200") == 1
    assert value(families, "tunemock_requests_total", method="tunedModels.generateContent", code="200") == 3
    assert value(families, "tunemock_requests_total", method="control", code="200") >= 1


@client.step("a histogram is whole: its buckets rise to its count, and its bounds are those that are promised")
def _():
    [family] = [family for family in scrape() if family.name == "tunemock_request_duration_seconds"]
    assert family.type == "histogram"
    for method in {sample.labels["method"] for sample in family.samples}:
        samples = [sample for sample in family.samples if sample.labels["method"] == method]
        buckets = [(float(sample.labels["le"]), sample.value) for sample in samples if sample.name.endswith("_bucket")]
        assert buckets == sorted(buckets) and [count for _, count in buckets] == sorted(count for _, count in buckets)
        assert buckets[0][0] == 0.0001 and buckets[-2][0] == 10 and buckets[-1][0] == float("inf"), buckets
        assert buckets[-1][1] == next(sample.value for sample in samples if sample.name.endswith("_count"))
        assert next(sample.value for sample in samples if sample.name.endswith("_sum")) > 0


client.finish()
