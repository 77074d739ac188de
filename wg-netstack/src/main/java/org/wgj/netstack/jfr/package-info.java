// SPDX-License-Identifier: Apache-2.0
/**
 * Tells JDK Flight Recorder what happens to TCP connections. Anything that other programs read does
 * not belong here.
 */
package org.wgj.netstack.jfr;
