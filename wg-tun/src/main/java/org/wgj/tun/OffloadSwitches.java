// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * Which offloads the user wants, in case a kernel's are broken or to compare them: {@code
 * wgj.tun.offload=off} turns off all, {@code wgj.tun.uso=off} those for UDP.
 *
 * @param offload whether any offload may be used
 * @param uso whether those for UDP may be used
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
