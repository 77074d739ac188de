// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * The user's choice of offloads, in case a kernel's are broken or to compare them.
 *
 * @param offload whether any offload may be used
 * @param uso whether those for UDP may be used
 */
record OffloadSwitches(boolean offload, boolean uso) {}
