// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

/** One of the compared programs or engines, a column of the report. */
public interface Column {
    /** Its name in parameters and reports. */
    String label();
}
