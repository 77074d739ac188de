// SPDX-License-Identifier: Apache-2.0
/**
 * The system properties of this module, for the packages of this module. Settings of a builder do
 * not belong here.
 */
package org.wgj.tunnel.settings;
