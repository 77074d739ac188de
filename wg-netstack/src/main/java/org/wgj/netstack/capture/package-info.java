// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the packets of a stack into a file for tcpdump and Wireshark. It knows bytes and files;
 * what the packets mean belongs to the other packages.
 */
package org.wgj.netstack.capture;
