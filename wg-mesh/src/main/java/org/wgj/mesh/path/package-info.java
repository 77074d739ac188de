// SPDX-License-Identifier: Apache-2.0
/**
 * The paths between nodes: where each peer's packets are sent, from the first handshake over a
 * relay to a proven direct path and back. The manager of paths does no I/O: it is told what
 * happened and the time, and says what to do.
 */
package org.wgj.mesh.path;
