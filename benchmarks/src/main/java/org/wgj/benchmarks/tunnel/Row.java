// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

/** What is measured. */
interface Row {
    /** Its name in JSON. */
    String key();

    String title();

    String unit();

    boolean moreIsBetter();
}
