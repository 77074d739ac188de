// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * The system properties of this module, read when an interface is opened. No other class reads any.
 */
final class TunProperties {
    /** {@code off}: no segmentation offloads. By default all that the kernel has. */
    static final String OFFLOAD = "wgj.tun.offload";

    /** {@code off}: no segmentation offloads of UDP. */
    static final String USO = "wgj.tun.uso";

    private TunProperties() {}

    static OffloadSwitches offloads() {
        boolean offload = isOn(OFFLOAD);
        return new OffloadSwitches(offload, offload && isOn(USO));
    }

    private static boolean isOn(String property) {
        return !System.getProperty(property, "on").equals("off");
    }
}
