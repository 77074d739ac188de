// SPDX-License-Identifier: Apache-2.0
/**
 * The grammar of wg's and wg-quick's files, their values, and the resolving of host names in them.
 * Nothing here changes an interface or starts a tunnel.
 */
package org.wgj.tunnel.config;
