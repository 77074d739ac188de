// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

/** The system properties of the benchmarks. bin/lib/vm.sh sets them for an emulated machine. */
final class LabProperties {
    /** How many times as long everything may take. By default once. */
    private static final String PATIENCE = "wgj.bench.patience";

    /** The version that is measured, on a machine without git. By default git's description. */
    private static final String VERSION = "wgj.bench.version";

    private LabProperties() {}

    static int patience() {
        return Integer.getInteger(PATIENCE, 1);
    }

    static String versionOrNull() {
        return System.getProperty(VERSION);
    }
}
