// SPDX-License-Identifier: Apache-2.0
/**
 * Reports tunnels to JDK Flight Recorder. Nothing here loads a class of the recorder's events
 * before a recording begins, and the module {@code jdk.jfr} may be missing.
 */
package org.wgj.tunnel.jfr;
