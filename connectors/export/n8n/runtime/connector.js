"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.connector = void 0;
exports.connector = {};
