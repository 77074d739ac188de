// SPDX-License-Identifier: Apache-2.0
/**
 * Both sides of the configuration protocol that {@code wg} speaks (wireguard.com/xplatform): the
 * server of a tunnel, the client, and the text between them. Configuration files, command lines and
 * output for people do not belong here.
 */
package org.wgj.uapi;
