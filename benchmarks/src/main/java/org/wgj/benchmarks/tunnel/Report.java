package org.wgj.benchmarks.tunnel;

import java.util.List;
import java.util.Map;

/**
 * All that is reported.
 *
 * @param environment machine, versions and settings, by name
 * @param measured in the order they took turns in
 * @param missing why the others were not
 * @param failures what went wrong in single measurements
 */
record Report(
        Map<String, String> environment,
        List<Implementation> measured,
        Map<Implementation, String> missing,
        List<String> failures,
        Results results) {}
