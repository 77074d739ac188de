// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

/** The system property of the lab. */
final class LabProperties {
    /** The factor for all time limits. By default once. */
    private static final String PATIENCE = "wgj.bench.patience";

    private LabProperties() {}

    static int patience() {
        return Integer.getInteger(PATIENCE, 1);
    }
}
