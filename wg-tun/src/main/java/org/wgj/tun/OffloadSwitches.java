// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * Which offloads are wanted, where a kernel's are broken or to be compared: {@code
 * wgj.tun.offload=off} turns off all, {@code wgj.tun.uso=off} those for UDP.
 */
record OffloadSwitches(boolean offload, boolean uso) {
    static OffloadSwitches fromProperties() {
        boolean offload = isOn("wgj.tun.offload");
        return new OffloadSwitches(offload, offload && isOn("wgj.tun.uso"));
    }

    private static boolean isOn(String property) {
        return !System.getProperty(property, "on").equals("off");
    }
}
