// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * Which offloads the user wants, in case a kernel's are broken or to compare them.
 *
 * @param offload whether any offload may be used
 * @param uso whether those for UDP may be used
 */
record OffloadSwitches(boolean offload, boolean uso) {}
