// SPDX-License-Identifier: Apache-2.0
/**
 * The system properties of this module, for the packages of this module. What a program sets on a
 * builder does not belong here.
 */
package org.wgj.tunnel.settings;
