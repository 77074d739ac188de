// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

/** Of what it is measured. */
public interface Column {
    /** Its name in parameters and reports. */
    String label();
}
