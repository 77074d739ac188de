// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

/** The system property of the benchmarks. bin/lib/vm.sh sets it for an emulated machine. */
final class BenchProperties {
    /** The version that is measured, on a machine without git. By default git's description. */
    private static final String VERSION = "wgj.bench.version";

    private BenchProperties() {}

    static String versionOrNull() {
        return System.getProperty(VERSION);
    }
}
