"""HTTP clients: a GET reads an API, and so does a POST that sends a query; all else are effects on the outside, not data of this project."""

from __future__ import annotations

from migrator.analyzers.io.python.library import Package

_GET = {"get": "read api {url:0}", "head": "read api {url:0}"}
_BASE = "[{Client|AsyncClient|ClientSession|BaseUrlSession@base_url}/]"
_CLIENT = {
    **_GET,
    "post": "ask {url:0} {json|data}",
    "request": "api {url:1} {method:0}",
    "stream": "api {url:1} {method:0}",
}

_SESSION = {
    **dict.fromkeys(("get", "head"), f"read api {_BASE}{{url:0}}"),
    "post": "ask {url:0} {json|data}",
    "request": "api {url:1} {method:0}",
    "stream": "api {url:1} {method:0}",
}

PACKAGES = (
    Package(
        ("owslib.wfs", "owslib.wms", "owslib.wcs", "owslib.csw"),
        methods={
            **dict.fromkeys(("getfeature",), "read api {WebFeatureService@url:0}"),
            **dict.fromkeys(("getmap",), "read api {WebMapService@url:0}"),
            **dict.fromkeys(("getCoverage",), "read api {WebCoverageService@url:0}"),
            **dict.fromkeys(("getrecords", "getrecords2"), "read api {CatalogueServiceWeb@url:0}"),
        },
    ),
    Package(("requests", "httpx", "dlt.sources.helpers.requests"), _CLIENT, _SESSION),
    Package(
        ("aiohttp", "requests_html", "cloudscraper", "urllib3", "requests_cache", "requests_toolbelt"),
        {"request": "api {url:1} {method:0}"},
        _SESSION,
    ),
    Package(
        ("urllib.request",),
        {
            "urlopen": "read api {url:0}",
            "urlretrieve": ("read api {url:0}", "write file {filename:1}"),
            "Request": "read api {url:0}",
        },
    ),
    Package(
        ("gql",),
        {
            "transport.requests.RequestsHTTPTransport": "read api {url:0}",
            "transport.aiohttp.AIOHTTPTransport": "read api {url:0}",
            "transport.httpx.HTTPXTransport": "read api {url:0}",
        },
    ),
    Package(("wget",), {"download": ("read api {url:0}", "write file {out:1}")}),
    Package(("feedparser",), {"parse": "read api {url_file_stream_or_string:0}"}),
    Package(
        ("sodapy",),
        methods={
            "get": "read api https://{Socrata@domain:0}/resource/{dataset_identifier:0}",
            "get_all": "read api https://{Socrata@domain:0}/resource/{dataset_identifier:0}",
            **dict.fromkeys(
                ("upsert", "replace", "create_revision"),
                "write dataset https://{Socrata@domain:0}/resource/{dataset_identifier:0}",
            ),
        },
    ),
    Package(("selenium", "undetected_chromedriver", "seleniumwire"), methods={"get": "read api {url:0}"}),
    Package(("playwright",), methods={"goto": "read api {url:0}"}),
    Package(("mechanize", "mechanicalsoup"), methods={"open": "read api {url:0}"}),
    Package(("zeep",), {"Client": "read api {wsdl:0}"}),
    Package(("suds.client",), {"Client": "read api {url:0}"}),
    Package(("http.client",), methods={"request": "read api https://{HTTPSConnection|HTTPConnection@host:0}/{url:1}"}),
    Package(("grequests",), {"get": "read api {url:0}"}),
)
