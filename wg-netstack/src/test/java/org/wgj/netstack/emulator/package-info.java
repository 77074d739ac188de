// SPDX-License-Identifier: Apache-2.0
/**
 * A link between two packet endpoints on a virtual clock, an observer that checks every packet on
 * it, and a peer that plays raw segments. Nothing here knows how the stack works inside: formats
 * and checksums are written a second time on purpose.
 */
package org.wgj.netstack.emulator;
