package dev.kanmon.server;

/** The page in HtmlUnit, which is always there. */
class HtmlUnitPageTest extends PageContract {

    @Override
    Browser browser() {
        return new HtmlUnitBrowser();
    }
}
