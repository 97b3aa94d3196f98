/** An application on the module path; scripts/test-embedding builds it against Kanmon's jars. */
module application {
    requires dev.kanmon;
    requires dev.kanmon.guard.small.en;
}
