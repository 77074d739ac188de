// SPDX-License-Identifier: Apache-2.0
/**
 * The library as a program of its own uses it, with dependencies missing or old. Nothing here may
 * use a class that the library does not export.
 */
package org.wgj.portable;
