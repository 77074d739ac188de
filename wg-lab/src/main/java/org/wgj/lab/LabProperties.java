// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

/** The system property of the lab. */
final class LabProperties {
    /** How many times as long everything may take. By default once. */
    private static final String PATIENCE = "wgj.bench.patience";

    private LabProperties() {}

    static int patience() {
        return Integer.getInteger(PATIENCE, 1);
    }
}
