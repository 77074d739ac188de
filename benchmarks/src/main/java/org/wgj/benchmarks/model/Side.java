// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.model;

/**
 * The work of one end of a tunnel for a packet, in nanoseconds of one core: before the
 * cryptography, the cryptography, after it. Only the cryptography can be shared out.
 *
 * @param handOffNs what passes until a worker has a part it is given
 */
record Side(String name, double beforeNs, double cryptographyNs, double afterNs, double handOffNs) {
    double serialNs() {
        return beforeNs + afterNs;
    }

    double sumNs() {
        return serialNs() + cryptographyNs;
    }
}
