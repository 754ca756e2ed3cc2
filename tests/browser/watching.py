"""Browser tests' ear: what a page's console, its scripts and its Content-Security-Policy complained about."""

from playwright.sync_api import ConsoleMessage, Page, Response

# Runs before anything of the page. Violations are kept in a property of the document, which nothing of ours reads.
HEAR_VIOLATIONS = """
document.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  document.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


class Watched:
    """A page and everything it complained about, on every document it showed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._complaints: list[str] = []
        self._refusals: set[str] = set()
        page.add_init_script(HEAR_VIOLATIONS)
        page.on("response", self._answered)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))

    def _answered(self, response: Response) -> None:
        """A page that refuses says so with its status; Chromium repeats that in the console."""
        if response.request.is_navigation_request() and response.status >= 400:
            self._refusals.add(response.url)

    def _said(self, message: ConsoleMessage) -> None:
        is_its_own_status = message.location["url"] in self._refusals and message.text.startswith("Failed to load")
        if message.type in {"error", "warning"} and not is_its_own_status:
            self._complaints.append(message.text)

    @property
    def complaints(self) -> list[str]:
        """Everything since the page was made; the policy's violations are those of the document shown now."""
        violations: list[str] = self.page.evaluate("document.violations")
        return [*self._complaints, *violations]
