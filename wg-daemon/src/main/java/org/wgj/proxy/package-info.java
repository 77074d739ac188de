// SPDX-License-Identifier: Apache-2.0
/**
 * The program behind {@code wgj proxy}: files of wireproxy and wg-quick, the listeners that they
 * ask for, reloading, readiness and metrics. The proxies themselves belong in {@code
 * org.wgj.netstack.proxy}, the command line in {@code org.wgj.cli}.
 */
package org.wgj.proxy;
