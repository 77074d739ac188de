// SPDX-License-Identifier: Apache-2.0
/**
 * Set requests made from configuration files and from the words of {@code wg set}. This package
 * sends nothing, and of the configuration protocol it knows only the commands.
 */
package org.wgj.request;
