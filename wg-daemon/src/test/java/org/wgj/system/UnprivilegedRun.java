// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;

/**
 * A program that runs the unit tests of the packages given which need no root, from the class path,
 * and prints how many ran. Its exit code is 1 if any failed.
 */
final class UnprivilegedRun {
    /**
     * These read the sources or need what their module's build unpacks, and make no system call.
     */
    private static final String EXCLUDED = ".*\\.(ModuleTest|BomTest|NettyVersionTest|FuzzTest)";

    private UnprivilegedRun() {}

    public static void main(String[] packages) {
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(Stream.of(packages).map(name -> selectPackage(name)).toList())
                        .filters(
                                TagFilter.excludeTags(List.of("root", "slow")),
                                ClassNameFilter.excludeClassNamePatterns(EXCLUDED))
                        .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.out, true));
        System.out.printf(
                "%d tests passed, %d failed, %d left out%n",
                summary.getTestsSucceededCount(),
                summary.getTotalFailureCount(),
                summary.getTestsSkippedCount() + summary.getTestsAbortedCount());
        System.exit(summary.getTotalFailureCount() == 0 ? 0 : 1);
    }
}
